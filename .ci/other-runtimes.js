// Starts servers on Node and a client on another runtime, which runs this file too:
//
//   node .ci/other-runtimes.js RUNTIME [ARGUMENTS]
const { execFile } = require('node:child_process');
const { createHash } = require('node:crypto');
const { Readable } = require('node:stream');
const path = require('node:path');

const SIZE = 3_000_000;
const content = Buffer.alloc(SIZE, 'ftpipe ');
const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');

async function servers([runtime, ...options]) {
  const { TestServer } = require('../dist/testing');
  const files = { '/big': content };
  const clear = await TestServer.start({ files });
  const secure = await TestServer.start({ files, tls: {} });
  const env = {
    ...process.env,
    FTPIPE_PORTS: `${clear.port} ${secure.port}`,
    FTPIPE_CA: secure.certificate,
  };
  const limit = { env, timeout: 60_000 };
  const code = await new Promise((resolve) => {
    const child = execFile(runtime, [...options, __filename], limit, (error, out, err) => {
      process.stdout.write(out + err);
      resolve(error ? 1 : 0);
    });
    child.stdin.end();
  });
  await Promise.all([clear.close(), secure.close()]);
  process.exitCode = code;
}

async function client() {
  const { connect } = require(path.join(__dirname, '../dist'));
  const [clear, secure] = process.env.FTPIPE_PORTS.split(' ').map(Number);
  const login = { host: '127.0.0.1', user: 'user', password: 'password', timeout: 10_000 };
  const tls = { ca: process.env.FTPIPE_CA };
  for (const [name, options] of [
    ['in clear', { ...login, port: clear }],
    ['over TLS', { ...login, port: secure, secure: true, tls }],
  ]) {
    const ftp = await connect(options);
    for (const [job, run] of Object.entries(jobs)) {
      const error = await run(ftp).then(() => undefined, (reason) => reason);
      console.log(`${error ? 'FAILED' : 'passed'}: ${job}, ${name}${error ? `: ${error.message}` : ''}`);
      if (error) process.exitCode = 1;
    }
    await ftp.quit().catch(() => ftp.close());
  }
}

const jobs = {
  async download(ftp) {
    const bytes = Buffer.concat(await ftp.retrBinary('RETR big').toArray());
    if (hash(bytes) !== hash(content)) throw new Error('other bytes');
  },
  async upload(ftp) {
    await ftp.storBinary('STOR copy', Readable.from([content.subarray(0, 1000), content.subarray(1000)]));
    if ((await ftp.size('copy')) !== SIZE) throw new Error('another size');
  },
  async 'empty upload'(ftp) {
    await ftp.storBinary('STOR empty', Buffer.alloc(0));
  },
  async list(ftp) {
    const names = (await ftp.list().toArray()).map(({ name }) => name);
    if (!names.includes('big') || !names.includes('empty')) throw new Error(`only ${names}`);
  },
  async 'command after a broken-off download'(ftp) {
    for await (const _ of ftp.retrBinary('RETR big')) break;
    await ftp.pwd();
  },
};

if (process.env.FTPIPE_PORTS) client();
else servers(process.argv.slice(2));
