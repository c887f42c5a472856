const { createReadStream, createWriteStream } = require('node:fs');
const { finished, pipeline } = require('node:stream/promises');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { contentOf, notAvailable, perform } = require('./job');

const LARGE_BLOCKS = 256 * 1024;

// The tests compile it to another place.
const bundle = process.env.FTPIPE ?? join(__dirname, '../../dist/index.js');

/** Loads the package as a program of that kind does. */
async function load(way) {
  if (way !== 'import') return require(bundle);
  return await import(pathToFileURL(bundle.replace(/\.js$/, '.mjs')).href);
}

async function connect({ server, way }) {
  const ftpipe = await load(way);
  const { ca, ...login } = server;
  const options = {
    ...login,
    ...(way.includes('pipelining') ? { pipelining: true } : {}),
    ...(way === 'login in one write' ? { loginInOneWrite: true } : {}),
  };
  if (ca === undefined) return await ftpipe.FTP.connect(options);
  if (ftpipe.FTPTLS === undefined) notAvailable('ftpipe has no FTPTLS');
  return await ftpipe.FTPTLS.connect({ ...options, tls: { ca } });
}

/** The method, if this build has it. */
function need(ftp, method) {
  if (typeof ftp[method] !== 'function') notAvailable(`ftpipe has no ${method}()`);
  return ftp[method].bind(ftp);
}

async function discard(download) {
  let bytes = 0;
  download.on('data', (block) => {
    bytes += block.length;
  });
  await new Promise((resolve, reject) => download.once('end', resolve).once('error', reject));
  return bytes;
}

perform({
  async get(job) {
    const { path, to, way } = job;
    const ftp = await connect(job);
    let bytes = null; // of a file, the runner looks itself
    if (way === 'download()') await need(ftp, 'download')(path, to);
    else {
      const options = way.includes('256 KiB') ? { blocksize: LARGE_BLOCKS } : {};
      const download = ftp.retrBinary(`RETR ${path}`, options);
      if (to === undefined) bytes = await discard(download);
      else await pipeline(download, createWriteStream(to));
    }
    await ftp.quit();
    return { bytes };
  },

  async put(job) {
    const { from, path, way } = job;
    const ftp = await connect(job);
    if (way === 'upload()') await need(ftp, 'upload')(from, path);
    else await pipeline(createReadStream(from), ftp.storBinary(`STOR ${path}`));
    await ftp.quit();
    return { bytes: null };
  },

  async getMany(job) {
    const { paths, locals, way } = job;
    const ftp = await connect(job);
    let bytes = 0;
    if (way.startsWith('downloadMany()')) {
      const pairs = paths.map((path, i) => [path, locals[i]]);
      let files = 0;
      for await (const _result of need(ftp, 'downloadMany')(pairs, { verify: false })) files++;
      if (files !== paths.length) throw new Error(`${files} results of ${paths.length}`);
      bytes = null;
    } else {
      for (const path of paths) bytes += await discard(ftp.retrBinary(`RETR ${path}`));
    }
    await ftp.quit();
    return { bytes };
  },

  async putMany(job) {
    const { paths, locals, size, way } = job;
    const ftp = await connect(job);
    if (way.startsWith('uploadMany()')) {
      const pairs = locals.map((local, i) => [local, paths[i]]);
      let files = 0;
      for await (const _result of need(ftp, 'uploadMany')(pairs, { verify: false })) files++;
      if (files !== paths.length) throw new Error(`${files} results of ${paths.length}`);
    } else {
      const content = contentOf(size);
      for (const path of paths) await ftp.storBinary(`STOR ${path}`, content);
    }
    await ftp.quit();
    return { bytes: null };
  },

  async noop(job) {
    const ftp = await connect(job);
    for (let i = 0; i < job.count; i++) await ftp.voidCmd('NOOP');
    await ftp.quit();
    return { bytes: null };
  },

  async list(job) {
    const ftp = await connect(job);
    let entries = 0;
    if (job.way === "list(), 'data'") {
      const listing = need(ftp, 'list')(job.path);
      listing.on('data', () => entries++);
      await finished(listing);
    } else if (job.way === 'list(), toArray()') {
      entries = (await need(ftp, 'list')(job.path).toArray()).length;
    } else if (job.way === 'list(), for await') {
      for await (const _entry of need(ftp, 'list')(job.path)) entries++;
    } else {
      for await (const _line of ftp.dir(job.path)) entries++;
    }
    await ftp.quit();
    return { entries };
  },
});
