// Prints `PASSED FAILED` for a run of jest, from the file that `--json --outputFile` has written
// and jest's exit code. These count as failures too, and are listed on stderr: a skipped test, a
// file that could not be run or left something open, and a run without tests.
const { readFileSync } = require('node:fs');
const { relative } = require('node:path');

const [file, exitCode] = process.argv.slice(2);
const problems = [];
let passed = 0;

const run = read(file);
for (const { name, status: fileStatus, assertionResults } of run?.testResults ?? []) {
  const path = relative(process.cwd(), name);
  for (const { status, fullName } of assertionResults) {
    if (status === 'passed') passed += 1;
    else problems.push(`${status === 'failed' ? 'failed' : 'not run'}: ${path}: ${fullName}`);
  }
  const isItself = assertionResults.every(({ status }) => status !== 'failed');
  if (fileStatus === 'failed' && isItself) problems.push(`failed: ${path}: the file, see above`);
}
if (passed === 0) problems.push('no test has passed');
else if (problems.length === 0 && exitCode !== '0') problems.push(`exit code ${exitCode}`);

if (problems.length > 0) console.error(`\nNot as it should be:\n  ${problems.join('\n  ')}`);
console.log(passed, problems.length);

function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined; // jest did not come to its end, or was not reached
  }
}
