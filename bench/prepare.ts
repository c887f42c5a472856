import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { account } from '../__tests__/servers/programs';
import { type RealServer, startServer } from '../__tests__/servers/start-server';
import type { Arguments } from './arguments';
import { entriesOf, type Need, type Place, SMALL_SIZE, smallFilesOf, type Task } from './tasks';
import { smallNames, writeLarge, writeSmall } from './test-data';

const MEMORY = '/dev/shm';
const MIB = 1024 * 1024;

/** A server that runs, its data, and a folder of this side. */
export interface Stage extends Place {
  readonly server: RealServer;
  /** The certificate, for those that want a file. */
  readonly caFile: string;
}

/** Starts the servers that the tasks ask for, each once, and fills them with what is needed. */
export class Stages {
  #args: Arguments;
  #folder: string;
  #stages = new Map<Task['mode'], Stage>();
  #made = new Set<string>();

  private constructor(args: Arguments, folder: string) {
    this.#args = args;
    this.#folder = folder;
  }

  static async open(args: Arguments): Promise<Stages> {
    const parent = args.folder ?? (await roomiest(args.size));
    const folder = await mkdtemp(join(parent, 'ftpipe-bench-'));
    await chmod(folder, 0o755); // the server's user must get to its root
    return new Stages(args, folder);
  }

  get folder(): string {
    return this.#folder;
  }

  async for(task: Task): Promise<Stage> {
    const stage = this.#stages.get(task.mode) ?? (await this.#start(task.mode));
    for (const need of task.needs) {
      const made = `${task.mode} ${need}`;
      if (!this.#made.has(made)) await this.#make(need, stage.root);
      this.#made.add(made);
    }
    return stage;
  }

  async close(): Promise<void> {
    for (const { server } of this.#stages.values()) await server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #start(mode: Task['mode']): Promise<Stage> {
    // The harness asks the system for a place, which asks this variable.
    Object.assign(process.env, { TMPDIR: this.#folder });
    const tls = mode === 'tls' ? ({ mode, tlsVersion: '1.3' } as const) : {};
    const server = await startServer(this.#args.server, tls);
    const local = join(this.#folder, `local-${randomUUID()}`);
    await mkdir(local);
    const caFile = join(local, 'ca.pem');
    if (server.ca !== undefined) await writeFile(caFile, server.ca);
    const { size: mebibytes, part } = this.#args;
    const stage = { server, root: server.root, local, caFile, mebibytes, part };
    this.#stages.set(mode, stage);
    const owner = account.owner();
    await mkdir(join(server.root, 'up'));
    if (owner) await chown(join(server.root, 'up'), owner.uid, owner.gid);
    return stage;
  }

  async #make(need: Need, root: string): Promise<void> {
    const { part, size } = this.#args;
    switch (need) {
      case 'large':
        return writeLarge(join(root, 'large.bin'), size);
      case 'small':
        return writeSmall(join(root, 'small'), smallNames(smallFilesOf(part)), SMALL_SIZE);
      case 'many':
        return writeSmall(join(root, 'many'), smallNames(entriesOf(part)), 0);
      case 'byte':
        return writeSmall(root, ['byte.bin'], 1);
    }
  }
}

/** Memory, which a disk's own business does not disturb, if it holds the files of both servers. */
async function roomiest(mebibytes: number): Promise<string> {
  try {
    const { bavail, bsize } = await statfs(MEMORY);
    if (bavail * bsize > 5 * mebibytes * MIB) return MEMORY;
  } catch {
    // there is none
  }
  return tmpdir();
}
