import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const project = join(__dirname, '..', '..');
const programs = join(__dirname, 'programs');

// Not needed to build the package, and partly large.
const NOT_COPIED = new Set(['node_modules', '.git', '.servers', 'dist', 'coverage']);

/** The package as npm would publish it, installed in the folder of a user's project. */
export class Packed {
  readonly #folder: string;
  /** All files of the tarball, sorted. */
  readonly files: readonly string[];

  private constructor(folder: string, files: readonly string[]) {
    this.#folder = folder;
    this.files = files;
  }

  /** Builds the package in a copy of the project, because other processes may use `dist`. */
  static async make(): Promise<Packed> {
    const folder = await mkdtemp(join(tmpdir(), 'ftpipe-package-'));
    try {
      return new Packed(folder, await pack(folder));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** A path in the user's project. */
  path(...parts: string[]): string {
    return join(this.#folder, 'app', ...parts);
  }

  /** A path in the unpacked package. */
  inside(...parts: string[]): string {
    return this.path('node_modules', 'ftpipe', ...parts);
  }

  /** Copies one of `programs` to the user's project, under another path if one is given. */
  async take(program: string, ...to: string[]): Promise<string> {
    const target = this.path(...(to.length > 0 ? to : [program]));
    await cp(join(programs, program), target);
    return target;
  }

  /** Writes a string, or any other value as JSON. */
  async write(file: string, content: unknown): Promise<void> {
    await mkdir(this.path(file, '..'), { recursive: true });
    await writeFile(
      this.path(file),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  }

  /** Runs a script with this version of Node, and returns its output. */
  async node(...args: string[]): Promise<string> {
    return output(process.execPath, args, this.path());
  }

  /** Runs the TypeScript compiler on a folder of the user's project. */
  async tsc(folder: string): Promise<string> {
    return this.node(require.resolve('typescript/lib/tsc.js'), '-p', folder);
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function pack(folder: string): Promise<string[]> {
  const copy = join(folder, 'copy');
  const app = join(folder, 'app');
  const modules = join(app, 'node_modules');
  await mkdir(copy);
  for (const name of await readdir(project)) {
    if (NOT_COPIED.has(name)) continue;
    await cp(join(project, name), join(copy, name), { recursive: true });
  }
  await symlink(join(project, 'node_modules'), join(copy, 'node_modules'));
  await output('npm', ['pack', '--pack-destination', folder], copy); // runs `prepack`, which builds

  await mkdir(modules, { recursive: true });
  const [tarball] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  await output('tar', ['-xzf', join(folder, tarball ?? ''), '-C', modules], folder);
  await rename(join(modules, 'package'), join(modules, 'ftpipe'));

  // Only what `npm install ftpipe` also installs. Nothing else may be needed.
  const theirs = join(project, 'node_modules');
  await cp(join(theirs, 'eventemitter3'), join(modules, 'eventemitter3'), { recursive: true });
  await mkdir(join(modules, '@types'));
  await symlink(join(theirs, '@types', 'node'), join(modules, '@types', 'node'));
  await writeFile(join(app, 'package.json'), '{ "private": true }');
  return filesIn(join(modules, 'ftpipe'));
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Returns what a program prints on stdout and stderr. Rejects with it if the program fails. */
async function output(program: string, args: string[], cwd: string): Promise<string> {
  // Without the settings of npm and jest in this run, which a user does not have.
  const ofThisRun = /^(npm_|JEST_|NODE_ENV$|NODE_OPTIONS$|NODE_PATH$|INIT_CWD$)/i;
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !ofThisRun.test(name)),
  );
  try {
    const { stdout, stderr } = await run(program, args, { cwd, env, timeout: 180_000 });
    return stdout + stderr;
  } catch (error) {
    const { message, stdout, stderr } = error as Error & { stdout?: string; stderr?: string };
    throw new Error([message, stdout, stderr].filter(Boolean).join('\n'));
  }
}
