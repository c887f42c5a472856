const { createWriteStream } = require('node:fs');
const { pipeline } = require('node:stream/promises');
const { promisify } = require('node:util');
const Client = require('ftp');
const { contentOf, perform } = require('./job');

function connect({ server }) {
  const { ca, ...login } = server;
  const client = new Client();
  client.connect({
    ...login,
    ...(ca === undefined ? {} : { secure: true, secureOptions: { ca, host: login.host } }),
  });
  return new Promise((resolve, reject) =>
    client
      .once('ready', () => resolve(client))
      .once('error', reject)
      .once('close', () => reject(new Error('closed'))),
  );
}

const get = (client, path) => promisify(client.get).call(client, path);
const put = (client, input, path) => promisify(client.put).call(client, input, path);
const send = (client, command) => promisify(client._send).call(client, command);

async function discard(stream) {
  let bytes = 0;
  stream.on('data', (chunk) => {
    bytes += chunk.length;
  });
  await new Promise((resolve, reject) => stream.once('close', resolve).once('error', reject));
  return bytes;
}

perform({
  async get(job) {
    const client = await connect(job);
    const stream = await get(client, job.path);
    let bytes = null;
    if (job.to === undefined) bytes = await discard(stream);
    else await pipeline(stream, createWriteStream(job.to));
    client.end();
    return { bytes };
  },

  async put(job) {
    const client = await connect(job);
    await put(client, job.from, job.path);
    client.end();
    return { bytes: null };
  },

  async getMany(job) {
    const client = await connect(job);
    let bytes = 0;
    for (const path of job.paths) bytes += await discard(await get(client, path));
    client.end();
    return { bytes };
  },

  async putMany(job) {
    const client = await connect(job);
    const content = contentOf(job.size);
    for (const path of job.paths) await put(client, content, path);
    client.end();
    return { bytes: null };
  },

  async noop(job) {
    const client = await connect(job);
    for (let i = 0; i < job.count; i++) await send(client, 'NOOP'); // it has no method for it
    client.end();
    return { bytes: null };
  },

  async list(job) {
    const client = await connect(job);
    const entries = (await promisify(client.list).call(client, job.path)).length;
    client.end();
    return { entries };
  },
});
