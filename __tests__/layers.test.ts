import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix, sep } from 'node:path';
import { describe, expect, it } from '@jest/globals';

interface Layer {
  /** The other layers that a file may import from. */
  readonly layers: readonly string[];
  /** What it may import from outside lib/. */
  readonly outside: RegExp;
}

const NODE = /^node:/;
const EMITTING = /^(?:eventemitter3$|node:)/;
const NOTHING = /^$/;
const LOW = ['util', 'reply', 'errors', 'protocol'];
const MIDDLE = [...LOW, 'listing', 'transport', 'streams', 'options'];

// From the bottom to the top: a layer imports only from layers above it in this table. A layer is a
// folder of lib/, or a file at its root.
// biome-ignore format: a table
const LAYERS: Record<string, Layer> = {
  util:      { layers: [],                                                   outside: /^node:util$/ },
  reply:     { layers: [],                                                   outside: NOTHING },
  errors:    { layers: ['reply'],                                            outside: NOTHING },
  protocol:  { layers: ['util', 'reply', 'errors'],                          outside: NOTHING },
  listing:   { layers: ['reply', 'errors', 'protocol'],                      outside: NOTHING },
  transport: { layers: LOW,                                                  outside: EMITTING },
  streams:   { layers: LOW,                                                  outside: NODE },
  options:   { layers: [...LOW, 'listing', 'transport', 'streams'],          outside: NODE },
  session:   { layers: [...LOW, 'transport', 'streams', 'options'],          outside: NODE },
  transfer:  { layers: [...MIDDLE, 'session'],                               outside: NODE },
  files:     { layers: [...LOW, 'streams', 'options', 'transfer'],           outside: NODE },
  client:    { layers: [...MIDDLE, 'session', 'transfer', 'files'],          outside: EMITTING },
  index:     { layers: [...MIDDLE, 'session', 'transfer', 'files', 'client'], outside: NOTHING },
  testing:   { layers: ['util'],                                             outside: NODE },
};
const LONGEST = 400;
// The table of ftplib's methods; half of it is TSDoc.
const LONGER: Record<string, number> = { 'client/ftplib.ts': 690 };

const LIB = join(__dirname, '../lib');
const ASSIGNMENT = /\bsession(?:\(\))?[?!]?(?:\.\w+)+\s*(?:[-+*/|&?]{0,2}=(?![=>])|\+\+|--)/i;
const IMPORT =
  /^(?:import|export)\b[^'";]*\bfrom '([^']+)';|^import '([^']+)';|\b(?:import|require)\(([^)]*)\)/gm;

interface Import {
  readonly from: string;
}

const files = readdirSync(LIB, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.split(sep).join('/'));

const sourceOf = (file: string) => readFileSync(join(LIB, file), 'utf8');

function importsOf(source: string): Import[] {
  return [...source.matchAll(IMPORT)].map(([, from, bare, call]) => ({
    from: from ?? bare ?? /^'(node:[^']+)'$/.exec(call as string)?.[1] ?? `by a call: ${call}`,
  }));
}

/** The layer of a path within lib/: its folder, or its own name at the root. */
function layerOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] as string) : path.replace(/\.ts$/, '');
}

/** The files of lib/ that a file imports. */
function targetsOf(file: string): string[] {
  return importsOf(sourceOf(file))
    .filter(({ from }) => from.startsWith('.'))
    .map(({ from }) => posix.join(posix.dirname(file), from))
    .map((path) => [`${path}.ts`, `${path}/index.ts`].find((each) => files.includes(each)) ?? path);
}

/** Which rule an import breaks, if any. */
function fault(file: string, { from }: Import): string | undefined {
  const layer = layerOf(file);
  const { layers, outside } = LAYERS[layer] as Layer;
  if (!from.startsWith('.')) {
    const isKnown = from === 'eventemitter3' || builtinModules.includes(from.replace(NODE, ''));
    return isKnown && outside.test(from) ? undefined : `nothing called ${from}`;
  }
  const target = posix.join(posix.dirname(file), from);
  if (target.startsWith('..')) return `nothing outside of lib: ${from}`;
  const other = layerOf(target);
  return other === layer || layers.includes(other) ? undefined : `nothing of ${other}`;
}

describe('the layers', () => {
  it('are exactly those that this test lists', () => {
    const found = new Set(files.map(layerOf));
    expect([...found].sort()).toEqual(Object.keys(LAYERS).sort());
    expect(files.length).toBeGreaterThan(40);
  });

  it('import only from lower layers', () => {
    const order = Object.keys(LAYERS);
    for (const [layer, { layers }] of Object.entries(LAYERS)) {
      const upward = layers.filter((each) => order.indexOf(each) >= order.indexOf(layer));
      expect([layer, upward]).toEqual([layer, []]);
    }
  });

  it.each(files)('lib/%s imports only what is allowed', (file) => {
    const faults = importsOf(sourceOf(file)).flatMap((each) => fault(file, each) ?? []);
    expect(faults).toEqual([]);
  });

  it('contain no circular imports, not even of types', () => {
    const targets = new Map(files.map((file) => [file, targetsOf(file)]));
    // Files whose imports were all removed are removed in turn. The rest imports in a circle.
    for (let count = -1; count !== targets.size; ) {
      count = targets.size;
      for (const [file, imported] of targets) {
        if (!imported.some((each) => targets.has(each))) targets.delete(file);
      }
    }
    expect([...targets.keys()]).toEqual([]);
  });

  it('contain comments of at most 100 columns', () => {
    const comment = /^\s*(?:\/\/|\/?\*)/;
    const wide = files.flatMap((file) =>
      sourceOf(file)
        .split('\n')
        .filter((line) => comment.test(line) && line.length > 100)
        .map((line) => `${file}: ${line}`),
    );
    expect(wide).toEqual([]);
  });

  it.each(files)('lib/%s does not exceed its maximum length', (file) => {
    const lines = sourceOf(file).split('\n').length - 1;
    expect(lines).toBeLessThanOrEqual(LONGER[file] ?? LONGEST);
  });

  it.each(['protocol', 'listing'])('%s uses no timers, clocks, promises or process', (layer) => {
    const waits =
      /\b(?:setTimeout|setInterval|setImmediate|nextTick|Date\.now|performance|await|Promise|process)\b/;
    for (const file of files.filter((each) => layerOf(each) === layer)) {
      const code = sourceOf(file).replace(/^\s*(?:\/\/|\/?\*).*$/gm, '');
      expect([file, waits.exec(code)?.[0]]).toEqual([file, undefined]);
    }
  });

  it.each(files.filter((file) => !['session', 'testing'].includes(layerOf(file))))(
    'lib/%s assigns to no field of a Session',
    (file) => {
      expect(sourceOf(file).match(ASSIGNMENT)).toBeNull();
    },
  );

  it('contain a Session with readonly fields only', () => {
    const body = sourceOf('session/session.ts').split(/^export class Session \{$/m)[1] as string;
    const fields = body.match(/^ {2}(?![# ]|constructor\b)[\w ]+(?=[:=;?!])/gm) as string[];
    expect(fields.length).toBeGreaterThan(5);
    for (const field of fields) expect(field).toMatch(/^ {2}readonly /);
  });

  it.each([
    'session.state = x;',
    'this.#session.transfer ??= x',
    'a.session.epsv += 1',
    'session().isUnref = true',
  ])('are checked with a pattern that matches %j', (line) => {
    expect(line).toMatch(ASSIGNMENT);
  });

  it.each([
    'session.state === x',
    'const session = x',
    'this.#session = x',
    'session.note({ a: b })',
  ])('are checked with a pattern that does not match %j', (line) => {
    expect(line).not.toMatch(ASSIGNMENT);
  });

  // Checks the checks: an import that they miss would never be noticed.
  it.each<[string, string, string | undefined]>([
    ['protocol/size.ts', "import { connect } from 'node:net';", 'nothing called node:net'],
    [
      'protocol/size.ts',
      "import { EventEmitter } from 'eventemitter3';",
      'nothing called eventemitter3',
    ],
    ['protocol/size.ts', "import { Entry } from '../listing/entry';", 'nothing of listing'],
    ['protocol/size.ts', "import { FTPError } from '../errors';", undefined],
    [
      'transport/socket/dial.ts',
      "import {\n  FTP,\n} from '../../client/ftp';",
      'nothing of client',
    ],
    [
      'transport/socket/dial.ts',
      "import type { Transfer } from '../../streams/transfer';",
      'nothing of streams',
    ],
    [
      'streams/transfer.ts',
      "import { dial } from '../transport/socket/dial';",
      'nothing of transport',
    ],
    ['streams/transfer.ts', "export * from '../client/ftp';", 'nothing of client'],
    ['session/session.ts', "import { list } from '../transfer/list';", 'nothing of transfer'],
    ['client/ftp.ts', "import { TestServer } from '../testing';", 'nothing of testing'],
    ['client/ftp.ts', "import { it } from 'jest';", 'nothing called jest'],
    [
      'client/ftp.ts',
      "import fs from '../../node_modules/x';",
      'nothing outside of lib: ../../node_modules/x',
    ],
    ['testing/commands/access.ts', "import { FTP } from '../../client/ftp';", 'nothing of client'],
    ['testing/commands/access.ts', "import { Refusal } from '../refusal';", undefined],
    ['errors.ts', "import { command } from './protocol/command';", 'nothing of protocol'],
    ['errors.ts', "import type { Reply } from './reply';", undefined],
    ['reply.ts', "import { FTPError } from './errors';", 'nothing of errors'],
    ['index.ts', "export { FTP } from './client/ftp';", undefined],
    ['client/ftp.ts', "const { x } = require('left-pad');", "nothing called by a call: 'left-pad'"],
    ['transport/tls/node-tls.ts', "return require('node:tls');", undefined],
    ['protocol/size.ts', "return require('node:tls');", 'nothing called node:tls'],
    [
      'client/ftp.ts',
      "const { FTP } = require('./ftp-tls');",
      "nothing called by a call: './ftp-tls'",
    ],
  ])('are checked for forbidden imports: in %s, %j', (file, source, expected) => {
    expect(importsOf(source).map((each) => fault(file, each))).toEqual([expected]);
  });
});
