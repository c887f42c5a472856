import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSync } from 'esbuild';
import { TestServer } from 'ftpipe/testing';
import { aimed, codeBlocks } from '../readme';
import { Packed } from './packed';
import { hiddenTypes } from './public-types';

const SLOW = 60_000; // for compilers on a busy machine

const STRICT = {
  target: 'es2022',
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noPropertyAccessFromIndexSignature: true,
  skipLibCheck: false,
};
const BUNDLER = {
  compilerOptions: {
    ...STRICT,
    module: 'esnext',
    moduleResolution: 'bundler',
    verbatimModuleSyntax: true,
    noEmit: true,
  },
  files: ['program.ts'],
};
/** Internal types that public types refer to but that users do not need to name. */
const UNNAMED = new Set([
  ...['LoginState'], // bases of public classes
  ...['Binary', 'Callback', 'AnyListener', 'EventMap', 'Test', 'AsDeclared'], // aliases of plain types
  ...['TypedReadable', 'TypedWritable'], // Node's classes with typed items
  ...['Storage', 'StoredEntry', 'WriteMode'], // for the constructor of TestStorage, which is not exported
]);
/** Each line compiles only if the items of the stream are typed. */
const ITERATION = `
import type { FTP } from 'ftpipe';
export async function mistakes(ftp: FTP): Promise<void> {
  // @ts-expect-error a line is a string
  for await (const line of ftp.retrLines('RETR a')) line satisfies number;
  // @ts-expect-error an entry is a name with facts
  for await (const entry of ftp.mlsd()) entry satisfies string;
  // @ts-expect-error a block is a Buffer
  for await (const block of ftp.retrBinary('RETR a')) block satisfies string;
}
`;
/** What `program.ts` prints. */
const PRINTED = /^hello world 5 hello a\.txt b\.txt 4 classes ERR_FTP_REPLY_PERMANENT 550 true\n$/;

let packed: Packed;
beforeAll(async () => {
  packed = await Packed.make();
}, 2 * SLOW);
afterAll(() => packed?.remove());

const text = (file: string) => readFile(packed.inside(file), 'utf8');
const declarations = () => packed.files.filter((file) => file.endsWith('.d.ts'));

describe('the packed package', () => {
  it('contains exactly the expected files', () => {
    const rest = packed.files.filter(
      (file) =>
        !/^dist\/[\w/-]+\.(m?js|bundle\.mjs|js\.map|d\.m?ts)$|^examples\/[\w-]+\.ts$/.test(file),
    );
    expect(rest).toEqual([
      'ARCHITECTURE.md',
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'bench/README.md',
      'package.json',
    ]);
    // One bundle each: Node takes four times as long to load a hundred modules.
    const modules = packed.files.filter((file) => file.endsWith('.js'));
    expect(modules).toEqual(['dist/index.js', 'dist/testing/index.js']);
    for (const module of modules) {
      for (const ending of ['.d.ts', '.mjs', '.d.mts', '.bundle.mjs']) {
        expect(packed.files).toContain(module.replace(/\.js$/, ending));
      }
    }
  });

  it('has source maps for its bundles only', async () => {
    for (const file of packed.files.filter((each) => /^dist\/.*\.m?(js|ts)$/.test(each))) {
      const [, map] = /\n\/\/# sourceMappingURL=(.*)\n$/.exec(await text(file)) ?? [];
      expect([file, map]).toEqual([file, file.endsWith('.js') ? 'index.js.map' : undefined]);
    }
    const map = JSON.parse(await text('dist/index.js.map'));
    expect(map.sources).toContain('../lib/client/ftp.ts');
    expect(map.sourcesContent.length).toBe(map.sources.length);
  });

  it('contains everything that its README links to', async () => {
    const readme = await text('README.md');
    const links = [...readme.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path]) => path);
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      const isThere = packed.files.some((file) => file === link || file.startsWith(`${link}`));
      expect([link, isThere]).toEqual([link, true]);
    }
  });

  it('has exactly one dependency and no install scripts', async () => {
    const manifest = JSON.parse(await text('package.json'));
    expect(Object.keys(manifest.dependencies)).toEqual(['eventemitter3']);
    for (const field of ['peerDependencies', 'optionalDependencies', 'bundleDependencies', 'bin']) {
      expect(manifest).not.toHaveProperty(field);
    }
    for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
      expect(manifest.scripts).not.toHaveProperty(script);
    }
  });

  it('requires nothing but Node, its own files and that dependency', async () => {
    const required = new Set<string>();
    for (const file of packed.files.filter((each) => each.endsWith('.js'))) {
      for (const [, path = ''] of (await text(file)).matchAll(/\brequire\("([^"]+)"\)/g)) {
        if (!path.startsWith('.')) required.add(path.startsWith('node:') ? 'node:' : path);
        else expect(packed.files).toContain(moduleAt(file, path, '.js'));
      }
    }
    expect([...required].sort()).toEqual(['eventemitter3', 'node:']);
  });
});

describe('the declarations', () => {
  it('contain nothing that is marked @internal', async () => {
    for (const file of declarations()) {
      expect([file, await text(file)]).toEqual([file, expect.not.stringContaining('@internal')]);
    }
  });

  it('use no types newer than TypeScript 5.2', async () => {
    for (const file of declarations()) {
      const newer = /\bNoInfer\b|\b(?:DataView|Buffer|\w+Array)<(?:Shared)?ArrayBuffer/;
      expect([file, newer.exec(await text(file))?.[0]]).toEqual([file, undefined]);
    }
  });

  it('refer only to files in the package', async () => {
    for (const file of declarations()) {
      const paths = (await text(file)).matchAll(/\b(?:from |import\()['"](\.[^'"]+)['"]/g);
      for (const [, path = ''] of paths) {
        expect(packed.files).toContain(moduleAt(file, path, '.d.ts'));
      }
    }
  });

  it('refer only to types that can be imported', () => {
    const entries = ['index', 'testing/index'].map((name) => packed.inside('dist', `${name}.d.ts`));
    expect(hiddenTypes(entries).filter(({ name }) => !UNNAMED.has(name))).toEqual([]);
  });
});

describe('a program in JavaScript', () => {
  it('gets the same classes from require and from import', async () => {
    expect(await packed.node(await packed.take('one-class.mjs'))).toBe('one class\n');
  });

  it.each(['index', 'testing/index'])('%s: import gives every name of require', async (module) => {
    const required = packed.inside('dist', `${module}.js`);
    const program = `
      import { createRequire } from 'node:module';
      import * as imported from ${JSON.stringify(packed.inside('dist', `${module}.mjs`))};
      const { default: all, ...names } = imported;
      const required = createRequire(import.meta.url)(${JSON.stringify(required)});
      const keys = Object.keys(required);
      console.log(keys.length > 2, all === required, keys.every((key) => names[key] === required[key]),
        Object.keys(names).length === keys.length);`;
    await packed.write('names.mjs', program);
    expect(await packed.node('names.mjs')).toBe('true true true true\n');
  });

  it('works in the bundle of an ES module and of CommonJS', async () => {
    const program =
      'console.log(typeof FTP.connect, new FTP() instanceof FTP, typeof TestServer.start)';
    await packed.write(
      'entry.mjs',
      `import { FTP } from 'ftpipe'; import { TestServer } from 'ftpipe/testing'; ${program}`,
    );
    await packed.write(
      'entry.cjs',
      `const { FTP } = require('ftpipe'); const { TestServer } = require('ftpipe/testing'); ${program}`,
    );
    for (const [entry, format] of [
      ['entry.mjs', 'esm'],
      ['entry.mjs', 'cjs'],
      ['entry.cjs', 'cjs'],
    ] as const) {
      // Outside of the user's project, where nothing can be loaded from the package.
      const outfile = packed.path('..', 'bundled', format === 'esm' ? 'out.mjs' : 'out.cjs');
      buildSync({
        ...{ entryPoints: [packed.path(entry)], outfile, format },
        ...{ bundle: true, platform: 'node', logLevel: 'silent' },
      });
      expect(await packed.node(outfile)).toBe('function true function\n');
    }
  });

  it("runs the README's ten lines unchanged as an ES module", async () => {
    await using server = await TestServer.start({
      files: { '/big.iso': 'large', '/pub/a.txt': 'hello' },
    });
    const [first] = codeBlocks().filter(({ title }) => title.startsWith('Ten lines'));
    const { host, port } = server;
    const target = { host, port, user: 'user', password: 'password' };
    await packed.write('ten-lines.mjs', aimed(first?.code ?? '', target));
    expect(await packed.node('ten-lines.mjs')).toBe('a.txt 5\n');
    expect(String(server.storage.readFile('/notes.txt'))).toBe('hello');
  });

  it('can be tested with an unconfigured jest, as CommonJS', async () => {
    await packed.take('user.test.js', 'jest', 'user.test.js');
    await packed.write('jest/package.json', { private: true });
    const output = await packed.node(
      join(dirname(require.resolve('jest/package.json')), 'bin', 'jest.js'),
      '--rootDir',
      packed.path('jest'),
      '--ci',
    );
    expect(output).toMatch(/^Tests: +1 passed, 1 total$/m);
    expect(output).not.toMatch(/did not exit|failed to exit/);
  });
});

describe('a program in TypeScript', () => {
  it(
    'compiles with every declaration file and runs, as an ES module and as CommonJS (nodenext)',
    async () => {
      await packed.take('program.ts', 'nodenext', 'program.mts');
      await packed.take('program.ts', 'nodenext', 'program.cts');
      await packed.write('nodenext/tsconfig.json', {
        compilerOptions: {
          ...STRICT,
          module: 'nodenext',
          declaration: true,
          outDir: 'built',
          rootDir: '.',
        },
        files: ['program.mts', 'program.cts', ...declarations().map((file) => packed.inside(file))],
      });
      expect(await packed.tsc('nodenext')).toBe('');
      expect(await packed.node('nodenext/built/program.mjs')).toMatch(PRINTED);
      expect(await packed.node('nodenext/built/program.cjs')).toMatch(PRINTED);
    },
    SLOW,
  );

  it(
    'compiles for a bundler',
    async () => {
      await packed.take('program.ts', 'bundler', 'program.ts');
      await packed.write('bundler/tsconfig.json', BUNDLER);
      expect(await packed.tsc('bundler')).toBe('');
    },
    SLOW,
  );

  it(
    'infers the item types of `for await`',
    async () => {
      await packed.write('iteration/program.ts', ITERATION);
      await packed.write('iteration/tsconfig.json', BUNDLER);
      expect(await packed.tsc('iteration')).toBe('');
    },
    SLOW,
  );
});

/** Resolves a relative path in a file of the package. */
function moduleAt(file: string, path: string, extension: string): string {
  const module = join(dirname(file), path);
  const index = join(module, `index${extension}`);
  return packed.files.includes(index) ? index : module + extension;
}
