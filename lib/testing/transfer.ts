import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fromNetwork, toNetwork } from './ascii';
import { type Binary, toText } from './bytes';
import type { Command } from './command';
import { fuses, type Stage } from './data-faults';
import { Refusal } from './refusal';
import type { TestSession } from './session';

/** What a transfer moves, and what it says. */
export interface Plan {
  readonly command: Command;
  readonly path: Binary;
  /** The 150. */
  readonly opening: Buffer;
  /** Default `226 Transfer complete.` */
  readonly closing?: string | Buffer;
  readonly ascii: boolean;
}

interface Progress {
  readonly command: string;
  readonly path: string;
  bytes: number;
  outcome: 'complete' | 'failed';
}

/** Sends a stream over the data connection: 150, the data, its end, 226. */
export function sendFile(session: TestSession, plan: Plan, source: Readable): Promise<void> {
  return transfer(session, plan, source, async (socket, stages, signal) => {
    // Nothing is expected from the client, but unread its end or reset would not be seen.
    socket.resume();
    const convert = plan.ascii ? [toNetwork] : [];
    await pipeline(through(source, [...convert, ...stages]), socket, { signal });
  });
}

/** Receives the data connection into a stream: 150, the data until the client ends it, 226. */
export function receiveFile(session: TestSession, plan: Plan, sink: Writable): Promise<void> {
  return transfer(session, plan, sink, async (socket, stages) => {
    const convert = plan.ascii ? [fromNetwork] : [];
    const failures: unknown[] = [];
    const chunks = through(receivedBy(socket), [...stages, ...convert]);
    await pipeline(untilFailure(chunks, failures), sink);
    if (failures.length > 0) throw failures[0];
    socket.end();
    // Bytes left unread would turn the close into a reset.
    socket.resume();
  });
}

/** Ends where its source fails, so that what came before is stored, as servers do. */
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

/** What the client sends until it ends; throws when it resets instead. */
async function* receivedBy(socket: Socket): AsyncGenerator<Buffer> {
  // The iterator spares the socket when a fault ends the upload early.
  yield* socket.iterator({ destroyOnReturn: false });
  // A reset that arrives together with the last data looks like an end to Node (libuv takes the
  // hang-up for one). An empty write sends nothing, and fails on a connection that was reset.
  await new Promise<void>((resolve, reject) => {
    socket.write(Buffer.alloc(0), (error) => (error ? reject(error) : resolve()));
  });
}

function through(source: AsyncIterable<Buffer>, stages: readonly Stage[]): AsyncIterable<Buffer> {
  return stages.reduce((chunks, stage) => stage(chunks), source);
}

type Move = (socket: Socket, stages: readonly Stage[], signal: AbortSignal) => Promise<void>;

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
  // A broken connection takes the stream down with it, and is then not the file's fault.
  stream.on('error', (error) => {
    if (!socket?.destroyed) local ??= error;
  });
  const hangUp = () => socket?.destroy();
  const { signal } = session;
  signal.addEventListener('abort', hangUp);
  session.transfer = progress;
  try {
    await session.reply(opening, command);
    socket = await session.openData();
    const cut = { early: false };
    await move(socket, [...fuses(session, command, socket, cut), tally(session, progress)], signal);
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

/** 45x for what happened to the file, 426 for what happened to the data connection. */
function refusalFor(local: NodeJS.ErrnoException | undefined): Refusal {
  if (!local) return new Refusal('426 Connection closed; transfer aborted.');
  if (local.code === 'ENOSPC') return new Refusal('452 No space left.');
  return new Refusal('451 Local error in processing.');
}
