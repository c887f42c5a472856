// Lets Node require TypeScript, with the types taken off on the way; nothing is checked:
//
//   node --require ./.ci/typescript.js program.ts
const { readFileSync } = require('node:fs');
const { javascriptOf } = require('./transform');

require.extensions['.ts'] = (module, filename) => {
  module._compile(javascriptOf(readFileSync(filename, 'utf8'), filename), filename);
};
