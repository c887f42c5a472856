const { transformSync, version } = require('esbuild');

/** JavaScript without the types, which `npm run check` checks. */
function javascriptOf(source, filename) {
  const options = { loader: 'ts', format: 'cjs', target: 'node20', sourcemap: 'inline' };
  return transformSync(source, { ...options, sourcefile: filename }).code;
}

// As jest wants it.
module.exports = {
  javascriptOf,
  getCacheKey: (source, filename) => `${version} ${filename} ${source}`,
  process: (source, filename) => ({ code: javascriptOf(source, filename) }),
};
