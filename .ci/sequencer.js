const Sequencer = require('@jest/test-sequencer').default;

/**
 * Runs the suites on real servers and the matrix first. They take longest, and jest cannot tell
 * this from their size.
 */
module.exports = class extends Sequencer {
  sort(tests) {
    const isLong = ({ path }) => /[/\\]servers[/\\]|matrix/.test(path);
    const sorted = super.sort(tests);
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
  }
};
