// Jest's environment for Node, in which a test file fails that leaves something open: a socket, a
// server, a child process, a timer. Jest itself would only say so in passing, or hang at the end.
const { TestEnvironment } = require('jest-environment-node');

/**
 * What keeps a process alive. Files and names that are being looked up end by themselves; pipes are
 * jest's own, or belong to a child process.
 */
const KINDS = new Set([
  'Immediate',
  'ProcessWrap',
  'TCPServerWrap',
  'TCPSocketWrap',
  'TLSWrap',
  'Timeout',
  'UDPWrap',
  'Worker',
]);
/** Milliseconds for what is closing to be closed. */
const GRACE = 1000;

module.exports = class extends TestEnvironment {
  #before = [];

  async setup() {
    await super.setup();
    this.#before = open();
  }

  async handleTestEvent(event, state) {
    // Node formats a stack whenever a stream is destroyed. With jest's limit of a hundred frames,
    // that takes longer than many tests.
    if (event.name === 'run_start') Error.stackTraceLimit = 10;
    if (event.name !== 'run_finish') return;
    const deadline = performance.now() + GRACE;
    while (this.#left().length > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const left = this.#left();
    if (left.length === 0) return;
    const error = new Error(`Still open after the last test: ${left.sort().join(', ')}`);
    error.stack = error.message; // it is unknown where it was opened
    state.unhandledErrors.push(error);
  }

  /** What is open now and was not at the beginning. */
  #left() {
    const before = [...this.#before];
    return open().filter((kind) => {
      const index = before.indexOf(kind);
      if (index >= 0) before.splice(index, 1);
      return index < 0;
    });
  }
};

function open() {
  return process.getActiveResourcesInfo().filter((kind) => KINDS.has(kind));
}
