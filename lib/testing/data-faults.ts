import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Command } from './command';
import { type Fault, isControlFault, isDataFault } from './faults';
import type { TestSession } from './session';
import { turn } from './turn';

/** A step of a transfer: chunks in, chunks out. */
export type Stage = (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer>;

/** Records that a fault ended a transfer early. */
export interface Cut {
  early: boolean;
}

/** The action after a number of bytes. `'cut'` ends the transfer normally. */
type Burn = () => Promise<'cut' | 'on'>;

const SLOW_STEPS_PER_SECOND = 20;

/** Creates one stage for each fault that affects the data of this command. */
export function fuses(session: TestSession, command: Command, socket: Socket, cut: Cut): Stage[] {
  // If two faults occur at the same byte, the one that drops the control connection comes first:
  // one that stalls the data would prevent it.
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

/** Finds the fault that ends TLS without a close_notify or within a record. */
export function breakOf(faults: readonly Fault[]): 'between-records' | 'mid-record' | undefined {
  const actions = faults.filter(isDataFault).map(({ data }) => data.action);
  if (actions.includes('cut-record')) return 'mid-record';
  return actions.includes('no-close-notify') ? 'between-records' : undefined;
}

/** Passes `after` bytes on, runs the action, and passes on the rest if the action allows it. */
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

/** Waits until the connection is closed: by the client, by ABOR, or by the server. */
async function stall(socket: Socket): Promise<never> {
  // The client may end its side. Nothing is written, so a reset would not be noticed otherwise.
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

/** Resolves when everything written has been sent, and a client in this process could read it. */
async function flushed(socket: Socket): Promise<void> {
  if (socket.writableLength > 0 && !socket.destroyed) {
    await new Promise((resolve) => socket.write('', resolve));
  }
  await turn();
}
