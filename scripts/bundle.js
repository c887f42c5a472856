// Writes the JavaScript of the package:
//
//   index.js          CommonJS, the only code that Node runs
//   index.mjs         for Node's `import`: re-exports the names of index.js, so that its classes are
//                     the same for `import` and `require`. If Node imported index.js itself, it would
//                     first read the whole file for the names of its exports, which takes four
//                     times as long.
//   index.d.mts       the types of index.mjs
//   index.bundle.mjs  for bundlers, which cannot follow index.mjs
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { buildSync } = require('esbuild');

const project = join(__dirname, '..');
const options = {
  absWorkingDir: project,
  entryPoints: ['lib/index.ts', 'lib/testing/index.ts'],
  outdir: 'dist',
  outbase: 'lib',
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
};
buildSync({ ...options, format: 'cjs', sourcemap: true });
buildSync({ ...options, format: 'esm', outExtension: { '.js': '.bundle.mjs' } });

for (const folder of ['dist', 'dist/testing']) {
  const path = join(project, folder, 'index');
  const names = Object.keys(require(`${path}.js`)).sort();
  writeFileSync(
    `${path}.mjs`,
    `import { createRequire } from 'node:module';

const bundle = createRequire(import.meta.url)('./index.js');

export const {
${names.map((name) => `  ${name},\n`).join('')}} = bundle;
export default bundle;
`,
  );
  writeFileSync(
    `${path}.d.mts`,
    `import * as bundle from './index.js';

export * from './index.js';
export default bundle;
`,
  );
}
