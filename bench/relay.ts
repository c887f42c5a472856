import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PYTHON } from './measure';

/** What a side said on the control connection, at the time when the client sent or got it. */
export interface Saying {
  readonly from: 'client' | 'server';
  readonly text: string;
  /** Milliseconds of some clock. */
  readonly at: number;
}

/** One control connection and its data connections, as the client saw them. */
export interface Trace {
  /** When the client began to connect. */
  readonly begun: number;
  readonly sayings: readonly Saying[];
  /** How many data connections there were. */
  readonly connections: number;
  /** When the client got the first byte on a data connection; `null` when it got none. */
  readonly firstByte: number | null;
}

/** How long the connections may take to close when the client is gone, in milliseconds. */
const CLOSING = 10_000;

/**
 * Does something over a slow link (`relay.py`) and gives what was said.
 * @param roundTrip - milliseconds
 */
export async function overSlowLink(
  host: string,
  port: number,
  roundTrip: number,
  task: (port: number) => Promise<unknown>,
): Promise<Trace[]> {
  const script = join(__dirname, 'relay.py');
  const relay = spawn(PYTHON, [script, host, String(port), String(roundTrip / 2)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exit = once(relay, 'exit');
  try {
    const [line] = (await once(relay.stdout, 'data')) as [Buffer];
    const output = text(relay.stdout);
    await task(Number(line));
    relay.stdin.end();
    const timer = setTimeout(() => relay.kill('SIGKILL'), CLOSING);
    const traces = await output;
    clearTimeout(timer);
    if (traces === '') throw new Error('the connections did not close');
    return JSON.parse(traces) as Trace[];
  } finally {
    relay.kill('SIGKILL');
    await exit;
  }
}
