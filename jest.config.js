/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/__tests__'],
  testMatch: ['**/*.test.ts'],
  transform: { '^.+\\.ts$': 'ts-jest' }, // transpiles only; `npm run check` is what checks types
  moduleNameMapper: {
    '^ftpipe$': '<rootDir>/lib/index.ts',
    '^ftpipe/testing$': '<rootDir>/lib/testing/index.ts',
  },
};
