import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix, sep } from 'node:path';
import { describe, expect, it } from '@jest/globals';

interface Layer {
  /** The folders of lib/ that a file may import from, besides its own; `.` are the files at the root. */
  readonly folders: readonly string[];
  /** What it may import from outside of lib/. */
  readonly outside: RegExp;
}

const NODE = /^node:/;
const NOTHING = /^$/;

// biome-ignore format: a table
const LAYERS: Record<string, Layer> = {
  '.':       { folders: ['protocol', 'transport', 'streams', 'client'], outside: /^node:util$/ }, // index.ts, abort-listeners.ts, bytes.ts, errors.ts, cancellation.ts, deadline.ts, host-port.ts, nearest-word.ts, now.ts, slices.ts, thenable.ts, throw-later.ts, unless-aborted.ts
  protocol:  { folders: ['.'],                                          outside: NOTHING },
  transport: { folders: ['.', 'protocol'],                              outside: /^(?:eventemitter3$|node:)/ },
  streams:   { folders: ['.', 'protocol'],                              outside: NODE },
  client:    { folders: ['.', 'protocol', 'transport', 'streams'],      outside: /^(?:eventemitter3$|node:)/ },
  testing:   { folders: ['.', 'protocol'],                              outside: NODE },
};
/** The files at the root that the layers may import. */
const ROOT: Record<string, readonly string[]> = {
  protocol: ['bytes', 'errors'],
  transport: [
    'abort-listeners',
    'errors',
    'cancellation',
    'deadline',
    'now',
    'host-port',
    'slices',
    'throw-later',
    'unless-aborted',
  ],
  streams: [
    'abort-listeners',
    'bytes',
    'errors',
    'cancellation',
    'deadline',
    'now',
    'slices',
    'thenable',
    'throw-later',
    'unless-aborted',
  ],
  client: [
    'abort-listeners',
    'bytes',
    'errors',
    'cancellation',
    'deadline',
    'host-port',
    'nearest-word',
    'now',
    'thenable',
    'unless-aborted',
    'throw-later',
  ],
  testing: ['errors', 'nearest-word'],
};
const LONGEST = 400;
const LONGER: Record<string, number> = { 'client/ftplib.ts': 505 };

const LIB = join(__dirname, '../lib');
const IMPORT =
  /^(?:import|export)\b( type\b)?[^'";]*\bfrom '([^']+)';|^import '([^']+)';|\b(?:import|require)\(([^)]*)\)/gm;

interface Import {
  readonly from: string;
  readonly isType: boolean;
}

const files = readdirSync(LIB, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.split(sep).join('/'));

const sourceOf = (file: string) => readFileSync(join(LIB, file), 'utf8');

function importsOf(source: string): Import[] {
  return [...source.matchAll(IMPORT)].map(([, type, from, bare, call]) => ({
    from: from ?? bare ?? /^'(node:[^']+)'$/.exec(call as string)?.[1] ?? `by a call: ${call}`,
    isType: type !== undefined,
  }));
}

/** The folder of lib/ that is the layer of a path within lib/. */
function layerOf(path: string): string {
  const [first] = path.split('/') as [string];
  return first in LAYERS || path.includes('/') ? first : '.';
}

/** What is wrong with an import, if anything. */
function fault(file: string, { from, isType }: Import): string | undefined {
  const layer = layerOf(file);
  const { folders, outside } = LAYERS[layer] as Layer;
  if (!from.startsWith('.')) {
    const isKnown = from === 'eventemitter3' || builtinModules.includes(from.replace(NODE, ''));
    return isKnown && outside.test(from) ? undefined : `nothing called ${from}`;
  }
  const target = posix.join(posix.dirname(file), from);
  if (target.startsWith('..')) return `nothing outside of lib: ${from}`;
  const other = layerOf(target);
  if (file === 'errors.ts') {
    return other === 'protocol' && isType ? undefined : 'only types, of protocol';
  }
  if (file === 'index.ts' || other === layer) return undefined;
  if (!folders.includes(other)) return `nothing of ${other}`;
  if (other === '.' && !ROOT[layer]?.includes(target)) return `not ${target}`;
  return undefined;
}

describe('the layers', () => {
  it('are those of this test', () => {
    const found = new Set(files.map(layerOf));
    expect([...found].sort()).toEqual(Object.keys(LAYERS).sort());
    expect(files.length).toBeGreaterThan(40);
  });

  it.each(files)('lib/%s imports only what it may', (file) => {
    const faults = importsOf(sourceOf(file)).flatMap((each) => fault(file, each) ?? []);
    expect(faults).toEqual([]);
  });

  it.each(files)('lib/%s is short enough to be read', (file) => {
    const lines = sourceOf(file).split('\n').length - 1;
    expect(lines).toBeLessThanOrEqual(LONGER[file] ?? LONGEST);
  });

  it('protocol keeps no time, emits nothing and waits for nothing', () => {
    const waits =
      /\b(?:setTimeout|setInterval|setImmediate|nextTick|Date\.now|performance|await|Promise|process)\b/;
    for (const file of files.filter((each) => layerOf(each) === 'protocol')) {
      const code = sourceOf(file).replace(/^\s*(?:\/\/|\/?\*).*$/gm, '');
      expect([file, waits.exec(code)?.[0]]).toEqual([file, undefined]);
    }
  });

  // What the test itself would miss, it would never find.
  it.each<[string, string, string | undefined]>([
    ['protocol/reply.ts', "import { connect } from 'node:net';", 'nothing called node:net'],
    [
      'protocol/reply.ts',
      "import { EventEmitter } from 'eventemitter3';",
      'nothing called eventemitter3',
    ],
    ['protocol/reply.ts', "import { Deadline } from '../deadline';", 'not deadline'],
    ['protocol/reply.ts', "import { FTPError } from '../errors';", undefined],
    ['transport/dial.ts', "import {\n  FTP,\n} from '../client/ftp';", 'nothing of client'],
    [
      'transport/dial.ts',
      "import type { Transfer } from '../streams/transfer';",
      'nothing of streams',
    ],
    ['streams/transfer.ts', "import { dial } from '../transport/dial';", 'nothing of transport'],
    ['streams/transfer.ts', "export * from '../client/ftp';", 'nothing of client'],
    ['client/ftp.ts', "import { TestServer } from '../testing';", 'nothing of testing'],
    ['client/ftp.ts', "import { it } from 'jest';", 'nothing called jest'],
    [
      'client/ftp.ts',
      "import fs from '../../node_modules/x';",
      'nothing outside of lib: ../../node_modules/x',
    ],
    ['testing/commands/access.ts', "import { FTP } from '../../client/ftp';", 'nothing of client'],
    ['testing/commands/access.ts', "import { Refusal } from '../refusal';", undefined],
    ['errors.ts', "import { replyText } from './protocol/reply';", 'only types, of protocol'],
    ['errors.ts', "import type { Reply } from './protocol/reply';", undefined],
    ['index.ts', "export { FTP } from './client/ftp';", undefined],
    ['client/ftp.ts', "const { x } = require('left-pad');", "nothing called by a call: 'left-pad'"],
    ['transport/node-tls.ts', "return require('node:tls');", undefined],
    ['protocol/reply.ts', "return require('node:tls');", 'nothing called node:tls'],
    [
      'client/ftp.ts',
      "const { FTP } = require('./ftp-tls');",
      "nothing called by a call: './ftp-tls'",
    ],
  ])('judges %s: %j', (file, source, expected) => {
    expect(importsOf(source).map((each) => fault(file, each))).toEqual([expected]);
  });
});
