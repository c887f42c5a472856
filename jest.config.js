const { availableParallelism } = require('node:os');

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/.ci/environment.js', // Node's; a file fails that leaves something open
  roots: ['<rootDir>/__tests__'],
  testMatch: ['**/*.test.ts'],
  transform: { '^.+\\.ts$': '<rootDir>/.ci/transform.js' },
  moduleNameMapper: {
    '^ftpipe$': '<rootDir>/lib/index.ts',
    '^ftpipe/testing$': '<rootDir>/lib/testing/index.ts',
  },
  testSequencer: '<rootDir>/.ci/sequencer.js',
  // One less than the cores by default, which is one of two; many of the tests wait.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  testTimeout: 20_000, // real servers on a busy machine; no test that passes comes near
};
