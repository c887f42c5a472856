const Sequencer = require('@jest/test-sequencer').default;

/** Begins with the suites on real servers and the matrix: they take longest, and nothing of their size tells so. */
module.exports = class extends Sequencer {
  sort(tests) {
    const isLong = ({ path }) => /[/\\]servers[/\\]|matrix/.test(path);
    const sorted = super.sort(tests);
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
  }
};
