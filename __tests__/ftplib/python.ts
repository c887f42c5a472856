import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';

/** A Python process that runs ftplib for the whole suite. */
export class Python {
  readonly version: string;
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  private constructor(process: ChildProcess, answers: AsyncIterator<string>, version: string) {
    this.#process = process;
    this.#answers = answers;
    this.version = version;
  }

  /** Starts the process. Returns `undefined` if there is no python3 with ftplib. */
  static async start(): Promise<Python | undefined> {
    const python = spawn('python3', ['-I', join(__dirname, 'driver.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    python.on('error', () => {}); // handled below: there is no output
    python.stdin.on('error', () => {});
    const lines: Interface = createInterface(python.stdout);
    const answers = lines[Symbol.asyncIterator]();
    const first = await answers.next();
    if (first.done) return undefined;
    return new Python(python, answers, JSON.parse(first.value));
  }

  /** Sends a request and returns the answer. Only one request may be pending. */
  async ask<T>(request: unknown): Promise<T> {
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`);
    const answer = await this.#answers.next();
    if (answer.done) throw new Error('The driver of ftplib has ended');
    return JSON.parse(answer.value);
  }

  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin?.end();
    await exited;
  }
}
