// One large transfer in a process of its own: prints its hash, its time and the peak of the memory.
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { Readable } = require('node:stream');
const { pipeline } = require('node:stream/promises');

const MIB = 1024 * 1024;

/** Blocks that differ from each other: one that is lost, doubled or moved changes the hash. */
function* blocksOf(length) {
  for (let sent = 0; sent < length; ) {
    const block = Buffer.alloc(Math.min(64 * 1024, length - sent), sent / 1024);
    block.writeUInt32BE(sent, 0);
    sent += block.length;
    yield block;
  }
}

async function main(direction, settings) {
  const { connection, path, size } = JSON.parse(settings);
  const { connect } = require(process.env.FTPIPE);
  const ftp = await connect(connection);
  const hash = createHash('sha256');
  const began = performance.now();
  if (direction === 'up') {
    const source = async function* () {
      for (const block of blocksOf(size)) {
        hash.update(block);
        yield block;
      }
    };
    await pipeline(Readable.from(source(), { objectMode: false }), ftp.storBinary(`STOR ${path}`));
  } else {
    await pipeline(ftp.retrBinary(`RETR ${path}`), hash);
  }
  const seconds = (performance.now() - began) / 1000;
  const usable = (await ftp.pwd()) === '/';
  await ftp.quit();
  // Not resourceUsage().maxRSS: Linux counts in it what the parent had when it started this process.
  const peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  const memory = peak / 1024;
  return { hash: hash.digest('hex'), rate: size / MIB / seconds, memory, usable };
}

// A failure ends the process with a code other than 0.
void main(...process.argv.slice(2)).then((result) => {
  process.stdout.write(JSON.stringify(result));
});
