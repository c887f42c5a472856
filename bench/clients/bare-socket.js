/**
 * What Node's sockets and files give, with the least of FTP around them: no queue, no checks, no
 * errors but a wrong reply. Nothing to use; it shows where the floor is.
 */
const { open } = require('node:fs/promises');
const { read, write } = require('node:fs');
const net = require('node:net');
const tls = require('node:tls');
const { contentOf, perform } = require('./job');

const BLOCK = 1024 * 1024;
const BLOCKS = 4;
/** The least room worth a read. */
const LEAST = 256 * 1024;

/** A control connection: one command, the line of its reply, and again. */
class Control {
  constructor(socket) {
    this.take(socket);
  }

  take(socket) {
    this.socket = socket.setNoDelay(true);
    this.lines = [];
    this.text = '';
    socket.on('data', (chunk) => {
      const parts = (this.text + chunk.toString('latin1')).split('\r\n');
      this.text = parts.pop();
      for (const line of parts) {
        if (!/^\d{3} /.test(line)) continue; // all but the last line of a reply
        if (this.waiting === undefined) this.lines.push(line);
        else {
          const resolve = this.waiting;
          this.waiting = undefined;
          resolve(line);
        }
      }
    });
  }

  async reply(expected) {
    const line =
      this.lines.shift() ??
      (await new Promise((resolve) => {
        this.waiting = resolve;
      }));
    if (!line.startsWith(expected)) throw new Error(`${line}, and not ${expected}`);
    return line;
  }

  command(line, expected) {
    this.socket.write(`${line}\r\n`);
    return this.reply(expected);
  }
}

async function connect({ server }) {
  const { host, port, user, password, ca } = server;
  const control = new Control(net.connect({ host, port }));
  await control.reply('220');
  if (ca !== undefined) {
    await control.command('AUTH TLS', '234');
    control.socket.removeAllListeners('data');
    control.take(tls.connect({ socket: control.socket, ca, host }));
    control.ca = ca;
  }
  control.host = host;
  await control.command(`USER ${user}`, '331');
  await control.command(`PASS ${password}`, '230');
  if (ca !== undefined) {
    await control.command('PBSZ 0', '200');
    await control.command('PROT P', '200');
  }
  await control.command('TYPE I', '200');
  return control;
}

/** EPSV and the transfer command; the handshake of TLS needs the server to know it already. */
async function transfer(control, command, options) {
  const reply = await control.command('EPSV', '229');
  const target = { host: control.host, port: Number(/\|(\d+)\|\)/.exec(reply)[1]), ...options };
  const begun = control.command(command, '1');
  const data = control.ca
    ? tls.connect({ ...target, ca: control.ca, session: control.socket.getSession() })
    : net.connect(target);
  data.setNoDelay(true);
  data.gone = ended(data, 'close'); // it may close before the reply comes
  data.gone.catch(() => {});
  await begun;
  return data;
}

const ended = (socket, event) =>
  new Promise((resolve, reject) => socket.once(event, resolve).once('error', reject));

/** Reads into one buffer, again and again. */
async function discard(control, path) {
  let bytes = 0;
  const callback = (n) => {
    bytes += n;
    return true;
  };
  const onread = { buffer: Buffer.allocUnsafe(control.block ?? BLOCK), callback };
  const data = await transfer(control, `RETR ${path}`, { onread });
  data.resume();
  await data.gone;
  await control.reply('2');
  return bytes;
}

/** Reads into a few buffers, and writes each to the file when it is nearly full. */
async function toFile(control, path, to) {
  const file = await open(to, 'w');
  const free = Array.from({ length: BLOCKS }, () => Buffer.allocUnsafe(BLOCK));
  const written = [];
  let data;
  let buffer = free.pop();
  let filled = 0;
  let position = 0;
  const flush = () => {
    const full = buffer;
    written.push(
      new Promise((resolve, reject) =>
        write(file.fd, full, 0, filled, position, (error, length) => {
          if (error) return reject(error);
          free.push(full);
          data.resume();
          resolve(length);
        }),
      ),
    );
    position += filled;
    filled = 0;
    // The last one is not waited for: a TLS socket hands over some records after the `false`.
    buffer = free.pop() ?? Buffer.allocUnsafe(BLOCK);
  };
  const onread = {
    buffer: () => buffer.subarray(filled),
    callback: (n) => {
      filled += n;
      if (BLOCK - filled >= LEAST) return true;
      flush();
      return free.length > 0;
    },
  };
  data = await transfer(control, `RETR ${path}`, { onread });
  data.resume();
  await data.gone;
  if (filled > 0) flush();
  const lengths = await Promise.all(written);
  if (lengths.reduce((sum, length) => sum + length, 0) !== position) throw new Error('short write');
  await file.close();
  await control.reply('2');
}

/** Reads the file into a few buffers, and hands each to the socket. */
async function fromFile(control, from, path) {
  const file = await open(from, 'r');
  const data = await transfer(control, `STOR ${path}`);
  let position = 0;
  await new Promise((resolve, reject) => {
    data.once('error', reject);
    let reading = false;
    let atEnd = false;
    const free = Array.from({ length: BLOCKS }, () => Buffer.allocUnsafe(BLOCK));
    const more = () => {
      if (reading || atEnd || free.length === 0) return;
      const buffer = free.pop();
      reading = true;
      read(file.fd, buffer, 0, BLOCK, position, (error, length) => {
        reading = false;
        if (error) return reject(error);
        if (length === 0) {
          atEnd = true;
          data.end(resolve);
          return;
        }
        position += length;
        data.write(buffer.subarray(0, length), () => {
          free.push(buffer);
          more();
        });
        more();
      });
    };
    more();
  });
  await file.close();
  await control.reply('2');
}

async function fromMemory(control, content, path) {
  const data = await transfer(control, `STOR ${path}`);
  data.end(content);
  data.resume();
  await control.reply('2');
}

async function quit(control) {
  await control.command('QUIT', '221');
  control.socket.destroy();
}

perform({
  async get(job) {
    const control = await connect(job);
    let bytes = null;
    if (job.to === undefined) bytes = await discard(control, job.path);
    else await toFile(control, job.path, job.to);
    await quit(control);
    return { bytes };
  },

  async put(job) {
    const control = await connect(job);
    await fromFile(control, job.from, job.path);
    await quit(control);
    return { bytes: null };
  },

  async getMany(job) {
    const control = await connect(job);
    control.block = 64 * 1024;
    let bytes = 0;
    for (const path of job.paths) bytes += await discard(control, path);
    await quit(control);
    return { bytes };
  },

  async putMany(job) {
    const control = await connect(job);
    const content = contentOf(job.size);
    for (const path of job.paths) await fromMemory(control, content, path);
    await quit(control);
    return { bytes: null };
  },

  async noop(job) {
    const control = await connect(job);
    for (let i = 0; i < job.count; i++) await control.command('NOOP', '200');
    await quit(control);
    return { bytes: null };
  },
});
