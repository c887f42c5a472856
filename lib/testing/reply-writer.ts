import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { toText } from './bytes';
import { type ReplyFault, selects } from './faults';
import { turn } from './turn';

/** Writes replies one after the other, changed by the faults. */
export class ReplyWriter {
  readonly #signal: AbortSignal;
  readonly #sent: (text: string) => void;
  readonly #failed: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();
  #held: Buffer[] = [];

  /** `signal` ends delays; `sent` is called for each reply sent, `failed` if `replace` throws. */
  constructor(signal: AbortSignal, sent: (text: string) => void, failed: (error: unknown) => void) {
    this.#signal = signal;
    this.#sent = sent;
    this.#failed = failed;
  }

  /** Resolves when the reply has been passed to the socket, or the connection is closed. */
  write(socket: Socket, reply: Buffer, faults: readonly ReplyFault[]): Promise<void> {
    this.#last = this.#last
      .then(() => this.#writeAltered(socket, reply, faults))
      .catch((error) => {
        // Otherwise a delay ended with the session.
        if (!this.#signal.aborted) this.#failed(error);
      });
    return this.#last;
  }

  async #writeAltered(socket: Socket, reply: Buffer, faults: readonly ReplyFault[]): Promise<void> {
    const effects = faults.filter((fault) => selects(fault.code, replyCode(reply)));
    const replies = effects.reduce(alter, [reply]);
    const delay = effects.reduce((sum, { delay = 0 }) => sum + delay, 0);
    if (delay > 0) await setTimeout(delay, undefined, { signal: this.#signal });
    const split = effects.find((fault) => fault.split !== undefined)?.split;
    const merge = effects.some((fault) => fault.merge);
    for (const bytes of replies) {
      this.#held.push(bytes);
      if (merge) continue;
      const all = Buffer.concat(this.#held);
      this.#held = [];
      if (!socket.writable) return;
      await writePieces(socket, cut(all, split));
      this.#sent(toText(all).replace(/\r\n$/, ''));
    }
  }
}

/** The three digits at the start of a reply. */
export function replyCode(reply: Buffer): string {
  return reply.toString('latin1', 0, 3);
}

/** The bytes of a reply. CRLF is added to text, not to a buffer. */
export function encodeReply(reply: string | Buffer): Buffer {
  if (typeof reply !== 'string') return reply;
  return Buffer.from(reply.endsWith('\r\n') ? reply : `${reply}\r\n`);
}

function alter(replies: readonly Buffer[], fault: ReplyFault): Buffer[] {
  if (fault.drop) return [];
  let altered = [...replies];
  if (fault.reply !== undefined && fault.code !== undefined) {
    altered = [fault.reply].flat().map(encodeReply);
  }
  const { replace, repeat = 1 } = fault;
  if (replace) {
    altered = altered.flatMap((reply) => {
      const other = replace(toText(reply).replace(/\r\n$/, ''));
      return other === null ? [] : [other].flat().map(encodeReply);
    });
  }
  return altered.flatMap((reply) => Array<Buffer>(repeat).fill(reply));
}

function cut(reply: Buffer, split: ReplyFault['split']): Buffer[] {
  if (split === undefined) return [reply];
  const ends = split === 'bytes' ? [...reply.keys()] : [split].flat();
  const bounds = [0, ...ends.filter((end) => end > 0 && end < reply.length), reply.length];
  return bounds.slice(1).map((end, index) => reply.subarray(bounds[index], end));
}

async function writePieces(socket: Socket, pieces: readonly Buffer[]): Promise<void> {
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await turn();
    if (!socket.writable) return;
    await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
  }
}
