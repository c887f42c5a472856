import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fromNetwork, toNetwork } from './ascii';
import { type Binary, toText } from './bytes';
import type { Command } from './command';
import { breakOf, fuses, type Stage } from './data-faults';
import { Refusal } from './refusal';
import type { TestSession } from './session';
import type { TlsInfo } from './tls/secure-connection';
import type { OpenData } from './tls/session-security';

/** The content of a transfer, and its replies. */
export interface Plan {
  readonly command: Command;
  readonly path: Binary;
  /** The text of the 150 reply. */
  readonly opening: Buffer;
  /** The final reply. Default `226 Transfer complete.` */
  readonly closing?: string | Buffer;
  readonly ascii: boolean;
}

interface Progress {
  readonly command: string;
  readonly path: string;
  bytes: number;
  outcome: 'complete' | 'failed';
  tls?: TlsInfo;
  closeNotify?: boolean;
}

/** Milliseconds that a download waits for the client's close_notify. */
const CLOSE_NOTIFY_WAIT = 1000;

/** Sends a stream over the data connection: 150, the data, its end, 226. */
export function sendFile(session: TestSession, plan: Plan, source: Readable): Promise<void> {
  return transfer(session, plan, source, async ({ socket, tls }, stages, signal) => {
    // The client sends nothing, but its end or reset is only noticed while reading.
    socket.resume();
    const convert = plan.ascii ? [toNetwork] : [];
    const broken = tls && breakOf(plan.command.faults);
    const chunks = through(source, [...convert, ...stages]);
    await pipeline(chunks, socket, { signal, end: !broken });
    if (broken) await tls.breakOff(broken);
    if (!tls || !session.security?.settings.waitForCloseNotify) return undefined;
    await tls.clientEnd(CLOSE_NOTIFY_WAIT);
    return tls.closeNotify;
  });
}

/** Receives the data connection into a stream: 150, the data until the client ends it, 226. */
export function receiveFile(session: TestSession, plan: Plan, sink: Writable): Promise<void> {
  return transfer(session, plan, sink, async ({ socket, tls }, stages) => {
    const convert = plan.ascii ? [fromNetwork] : [];
    const failures: unknown[] = [];
    const chunks = through(receivedBy(socket, tls?.raw), [...stages, ...convert]);
    await pipeline(untilFailure(chunks, failures), sink);
    if (failures.length > 0) throw failures[0];
    const broken = tls && breakOf(plan.command.faults);
    if (broken) await tls.breakOff(broken);
    else socket.end();
    // Closing a connection with unread bytes would reset it.
    socket.resume();
    return tls?.closeNotify;
  });
}

/** Ends when its source fails, so that the bytes before are stored, as servers do. */
async function* untilFailure(
  source: AsyncIterable<Buffer>,
  failures: unknown[],
): AsyncGenerator<Buffer> {
  try {
    yield* source;
  } catch (error) {
    failures.push(error);
  }
}

/** Yields the client's data until it ends. Throws if the client resets the connection. */
async function* receivedBy(socket: Socket, raw = socket): AsyncGenerator<Buffer> {
  // The iterator does not destroy the socket if a fault ends the upload early.
  yield* socket.iterator({ destroyOnReturn: false });
  // Node reports a reset that arrives together with the last data as an end (libuv treats the
  // hang-up as one). An empty write sends nothing, and fails if the connection was reset.
  await new Promise<void>((resolve, reject) => {
    raw.write(Buffer.alloc(0), (error) => (error ? reject(error) : resolve()));
  });
}

function through(source: AsyncIterable<Buffer>, stages: readonly Stage[]): AsyncIterable<Buffer> {
  return stages.reduce((chunks, stage) => stage(chunks), source);
}

/** Resolves with whether the client sent a close_notify, if that is known. */
type Move = (
  data: OpenData,
  stages: readonly Stage[],
  signal: AbortSignal,
) => Promise<boolean | undefined>;

async function transfer(
  session: TestSession,
  plan: Plan,
  stream: Readable | Writable,
  move: Move,
): Promise<void> {
  const { command, path, opening, closing = '226 Transfer complete.' } = plan;
  const progress: Progress = {
    command: command.verb,
    path: toText(path),
    bytes: 0,
    outcome: 'failed',
  };
  let socket: Socket | undefined;
  let local: NodeJS.ErrnoException | undefined;
  // A broken connection also destroys the stream. The file is then not the cause.
  stream.on('error', (error) => {
    if (!socket?.destroyed) local ??= error;
  });
  const hangUp = () => socket?.destroy();
  const { signal } = session;
  signal.addEventListener('abort', hangUp);
  session.transfer = progress;
  try {
    await session.reply(opening, command);
    const data = await session.openProtected(command);
    socket = data.socket;
    if (data.tls) progress.tls = data.tls.info;
    const cut = { early: false };
    const stages = [...fuses(session, command, socket, cut), tally(session, progress)];
    const closeNotify = await move(data, stages, signal);
    if (closeNotify !== undefined) progress.closeNotify = closeNotify;
    if (!cut.early) progress.outcome = 'complete';
  } catch (error) {
    socket?.destroy();
    if (error instanceof Refusal && !signal.aborted) throw error;
    throw refusalFor(local);
  } finally {
    signal.removeEventListener('abort', hangUp);
    stream.destroy();
    session.transfer = undefined;
    session.server.transfers.push(progress);
    session.server.changed('transfer');
  }
  await session.reply(closing, command);
}

function tally(session: TestSession, progress: Progress): Stage {
  return async function* count(source) {
    for await (const chunk of source) {
      progress.bytes += chunk.length;
      session.server.changed('data');
      yield chunk;
    }
  };
}

/** The reply to a failure: 45x for the file, 426 for the data connection. */
function refusalFor(local: NodeJS.ErrnoException | undefined): Refusal {
  if (!local) return new Refusal('426 Connection closed; transfer aborted.');
  if (local.code === 'ENOSPC') return new Refusal('452 No space left.');
  return new Refusal('451 Local error in processing.');
}
