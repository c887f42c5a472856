const { createReadStream } = require('node:fs');
const { Readable } = require('node:stream');
const { Counter, contentOf, perform } = require('./job');

async function connect({ server, way }) {
  const { Client } = way === 'import' ? await import('basic-ftp') : require('basic-ftp');
  const { ca, ...login } = server;
  const client = new Client();
  await client.access({
    ...login,
    ...(ca === undefined ? {} : { secure: true, secureOptions: { ca } }),
  });
  return client;
}

async function quit(client) {
  await client.send('QUIT', true);
  client.close();
}

perform({
  async get(job) {
    const client = await connect(job);
    const counter = new Counter();
    await client.downloadTo(job.to ?? counter, job.path);
    await quit(client);
    return { bytes: job.to === undefined ? counter.bytes : null };
  },

  async put(job) {
    const client = await connect(job);
    await client.uploadFrom(createReadStream(job.from), job.path);
    await quit(client);
    return { bytes: null };
  },

  async getMany(job) {
    const client = await connect(job);
    let bytes = 0;
    for (const path of job.paths) {
      const counter = new Counter();
      await client.downloadTo(counter, path);
      bytes += counter.bytes;
    }
    await quit(client);
    return { bytes };
  },

  async putMany(job) {
    const client = await connect(job);
    const content = contentOf(job.size);
    for (const path of job.paths) await client.uploadFrom(Readable.from([content]), path);
    await quit(client);
    return { bytes: null };
  },

  async noop(job) {
    const client = await connect(job);
    for (let i = 0; i < job.count; i++) await client.send('NOOP');
    await quit(client);
    return { bytes: null };
  },

  async list(job) {
    const client = await connect(job);
    const entries = (await client.list(job.path)).length;
    await quit(client);
    return { entries };
  },
});
