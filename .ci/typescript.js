// Lets Node require TypeScript. The types are left out, and not checked:
//
//   node --require ./.ci/typescript.js program.ts
const { readFileSync } = require('node:fs');
const { transformSync } = require('esbuild');

const OPTIONS = { loader: 'ts', format: 'cjs', target: 'node20', sourcemap: 'inline' };

require.extensions['.ts'] = (module, filename) => {
  const source = readFileSync(filename, 'utf8');
  module._compile(transformSync(source, { ...OPTIONS, sourcefile: filename }).code, filename);
};
