/**
 * The interface of every client program: one job, as JSON in its argument, and one line
 * of JSON when the job is done (`bytes`, or `entries` of a listing).
 */
const { Writable } = require('node:stream');

/** What the runner takes as "this way of doing the job does not exist (yet)". */
const NOT_AVAILABLE = 3;

/** Ends the program: not a failure, but nothing to measure either. */
function notAvailable(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(NOT_AVAILABLE);
}

/** Runs the job that the argument describes by the function of its name. */
async function perform(jobs) {
  const job = JSON.parse(process.argv[2]);
  if (jobs[job.name] === undefined) notAvailable(`no ${job.name}`);
  process.stdout.write(`${JSON.stringify(await jobs[job.name](job))}\n`);
}

/** A Writable that only counts. */
class Counter extends Writable {
  bytes = 0;
  _write(chunk, _encoding, callback) {
    this.bytes += chunk.length;
    callback();
  }
}

/** The content of the small files that are put. */
const contentOf = (size) => Buffer.alloc(size, 'small file ');

module.exports = { Counter, contentOf, notAvailable, perform };
