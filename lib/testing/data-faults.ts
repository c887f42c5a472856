import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Command } from './command';
import { type Fault, isControlFault, isDataFault } from './faults';
import type { TestSession } from './session';
import { turn } from './turn';

/** A step of a transfer: chunks in, chunks out. */
export type Stage = (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer>;

/** Where a transfer notes that a fault ended it before its time. */
export interface Cut {
  early: boolean;
}

/** What a fuse does once its bytes went through. `'cut'` ends the transfer in order. */
type Burn = () => Promise<'cut' | 'on'>;

const SLOW_STEPS_PER_SECOND = 20;

/** One stage for each fault that strikes the data of this command. */
export function fuses(session: TestSession, command: Command, socket: Socket, cut: Cut): Stage[] {
  // Of two that strike at the same byte, one that stalls the data must not come between
  // the bytes and the one that drops the control connection.
  const controlLast = command.faults.toSorted(
    (a, b) => Number(isControlFault(a)) - Number(isControlFault(b)),
  );
  return controlLast.flatMap((fault) => fuseFor(fault, session, socket, cut) ?? []);
}

function fuseFor(fault: Fault, session: TestSession, socket: Socket, cut: Cut): Stage | undefined {
  if (isControlFault(fault) && fault.at === 'mid-data') {
    return fuse(fault.after, async () => {
      session.drop(fault.control);
      return 'on';
    });
  }
  if (!isDataFault(fault) || fault.data.action === 'refuse') return undefined;
  const { data } = fault;
  switch (data.action) {
    case 'end':
    case 'no-close-notify':
    case 'cut-record':
      return fuse(
        data.after ?? (data.action === 'end' ? 0 : Number.POSITIVE_INFINITY),
        async () => {
          cut.early = true;
          return 'cut';
        },
      );
    case 'reset':
      return fuse(data.after, async () => {
        await flushed(socket);
        socket.resetAndDestroy();
        throw new Error('A fault has reset the data connection.');
      });
    case 'stall':
      return fuse(data.after, () => stall(socket));
    case 'slow':
      return slowed(data.after ?? 0, data.rate, session.signal);
  }
}

/** Where a fault breaks TLS off that would else end in order. */
export function breakOf(command: Command): 'between-records' | 'mid-record' | undefined {
  const actions = command.faults.filter(isDataFault).map(({ data }) => data.action);
  if (actions.includes('cut-record')) return 'mid-record';
  return actions.includes('no-close-notify') ? 'between-records' : undefined;
}

/** Lets `after` bytes through, burns, and lets the rest through if that is what the burning said. */
function fuse(after = 0, burn: Burn): Stage {
  return async function* fused(source) {
    let left = after;
    let burnt = false;
    if (left === 0) {
      burnt = true;
      if ((await burn()) === 'cut') return;
    }
    for await (const chunk of source) {
      if (burnt || chunk.length < left) {
        left -= chunk.length;
        yield chunk;
        continue;
      }
      yield chunk.subarray(0, left);
      burnt = true;
      if ((await burn()) === 'cut') return;
      if (chunk.length > left) yield chunk.subarray(left);
    }
  };
}

/** Waits for the connection to go: by the client, by ABOR, or with the server. */
async function stall(socket: Socket): Promise<never> {
  // An end from the client is no error, and nothing is written that would meet a reset.
  socket.once('end', () => socket.destroy());
  if (!socket.destroyed) await once(socket, 'close').catch(() => {});
  throw new Error('The client has left a stalled transfer.');
}

function slowed(after: number, rate: number, signal: AbortSignal): Stage {
  return async function* slow(source) {
    const step = Math.max(1, Math.floor(rate / SLOW_STEPS_PER_SECOND));
    let free = after;
    for await (const chunk of source) {
      if (free > 0) yield chunk.subarray(0, free);
      for (let at = Math.min(free, chunk.length); at < chunk.length; at += step) {
        const piece = chunk.subarray(at, at + step);
        await setTimeout((piece.length / rate) * 1000, undefined, { signal });
        yield piece;
      }
      free = Math.max(0, free - chunk.length);
    }
  };
}

/** Resolves when all that was written has left, and a client of this process could read it. */
async function flushed(socket: Socket): Promise<void> {
  if (socket.writableLength > 0 && !socket.destroyed) {
    await new Promise((resolve) => socket.write('', resolve));
  }
  await turn();
}
