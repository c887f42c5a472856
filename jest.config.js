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
  maxWorkers: '100%', // one less by default, which is one of two: the tests mostly wait
  testTimeout: 20_000, // real servers on a busy machine; no test that passes comes near
};
