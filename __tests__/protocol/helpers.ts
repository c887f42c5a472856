import * as fc from 'fast-check';
import { codecOf } from '../../lib/protocol/codec';
import { type Command, type CommandEncoding, command } from '../../lib/protocol/command';
import type { Reply } from '../../lib/reply';

/** A reply of these lines, with the code of the first one. */
export function reply(...lines: string[]): Reply {
  return { code: Number((lines[0] as string).slice(0, 3)), lines };
}

export function encodingOf(name = 'utf8'): CommandEncoding {
  return { codec: codecOf(name) };
}

/** A command in the default encoding of the client. */
export function made(...parts: (string | Uint8Array)[]): Command {
  return command(encodingOf(), ...parts);
}

export function byteByByte(bytes: Buffer): Buffer[] {
  return [...bytes].map((byte) => Buffer.of(byte));
}

/** Every way to split bytes in two. */
export function cutsInTwo(bytes: Buffer): Buffer[][] {
  return Array.from({ length: bytes.length + 1 }, (_, cut) => [
    bytes.subarray(0, cut),
    bytes.subarray(cut),
  ]);
}

/** Bytes in pieces, split at any positions. Some pieces are empty. */
export function pieces(bytes: Buffer): fc.Arbitrary<Buffer[]> {
  return fc.array(fc.nat(bytes.length), { maxLength: 24 }).map((cuts) => {
    const ends = [...cuts, bytes.length].sort((a, b) => a - b);
    return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
  });
}

/** CPU time of the fastest of three runs, in milliseconds. */
export function fastest(run: () => unknown): number {
  const times = [1, 2, 3].map(() => {
    const began = process.cpuUsage(); // unlike wall time, not affected by other processes
    run();
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

/** What `run` returns, or the error that it throws. */
export function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

/** Checks a property, and throws if it does not hold. */
export function holds<Ts>(property: fc.IProperty<Ts>, parameters: fc.Parameters<Ts> = {}): void {
  void fc.assert(property, parameters);
}
