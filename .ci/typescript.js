// Lets Node require TypeScript, with the types taken off on the way; nothing is checked:
//
//   node --require ./.ci/typescript.js program.ts
const { readFileSync } = require('node:fs');
const { ModuleKind, ScriptTarget, transpileModule } = require('typescript');

const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };

require.extensions['.ts'] = (module, filename) => {
  const source = readFileSync(filename, 'utf8');
  module._compile(transpileModule(source, { compilerOptions }).outputText, filename);
};
