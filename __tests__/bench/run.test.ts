import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeServers } from '../servers/real-servers';
import { type Compiled, compile } from '../servers/suites/compiled';

const BENCH = join(__dirname, '../../bench/run.js');
const SLOW = 60_000; // a compiler and some programs, on a machine that is busy with other tests

let compiled: Compiled;
beforeAll(async () => {
  compiled = await compile();
}, SLOW);
afterAll(() => compiled?.remove());

// The benchmark starts a server of its own; this asks whether there is one.
describeServers(
  'the benchmark',
  () => {
    it(
      'measures tasks, and checks their results',
      async () => {
        const tasks = 'get,put-many,noop';
        const sizes = ['--size', '1', '--rounds', '1', '--part', '0.001'];
        const args = [BENCH, ...sizes, '--only', tasks, '--peers', 'ftpipe'];
        const NODE_PATH = join(__dirname, '../../node_modules');
        const env = { ...process.env, FTPIPE: compiled.index, NODE_PATH };
        const { stdout } = await promisify(execFile)(process.execPath, args, { env });
        expect(stdout).not.toContain('failed');
        const measured = /^\| ftpipe.* \| (?:[\d.]+ \| ){4}\d+ \|$/gm;
        expect(stdout.match(measured)?.length).toBeGreaterThanOrEqual(tasks.split(',').length);
      },
      SLOW,
    );
  },
  { servers: ['vsftpd'] },
);
