import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const { PATH } = process.env;
const ROOT = resolve(__dirname, '../../..');
const run = promisify(execFile);

/**
 * The library as plain JavaScript, for processes of its own that jest's memory is not counted in.
 */
export interface Compiled {
  /** The file to require. */
  readonly index: string;
  /** Runs a script of this folder, and gives the JSON that it prints. */
  run<T>(script: string, ...args: readonly string[]): Promise<T>;
  remove(): Promise<void>;
}

export async function compile(): Promise<Compiled> {
  const outDir = await mkdtemp(join(tmpdir(), 'ftpipe-compiled-'));
  const tsc = require.resolve('typescript/bin/tsc');
  const options = ['--project', ROOT, '--outDir', outDir, '--noCheck', '--declaration', 'false'];
  await run(process.execPath, [tsc, ...options]);
  const env = {
    PATH,
    FTPIPE: join(outDir, 'index.js'),
    NODE_PATH: join(ROOT, 'node_modules'),
  };
  return {
    index: env.FTPIPE,
    async run(script, ...args) {
      const { stdout } = await run(process.execPath, [join(__dirname, script), ...args], { env });
      return JSON.parse(stdout);
    },
    remove: () => rm(outDir, { recursive: true, force: true }),
  };
}
