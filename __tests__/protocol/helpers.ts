import * as fc from 'fast-check';
import { codecOf } from '../../lib/protocol/codec';
import { type Command, type CommandEncoding, command } from '../../lib/protocol/command';
import type { Reply } from '../../lib/reply';

/** A reply of these lines; its code is that of the first. */
export function reply(...lines: string[]): Reply {
  return { code: Number((lines[0] as string).slice(0, 3)), lines };
}

export function encodingOf(name = 'utf8'): CommandEncoding {
  return { codec: codecOf(name) };
}

/** A command as the client makes it by default. */
export function made(...parts: (string | Uint8Array)[]): Command {
  return command(encodingOf(), ...parts);
}

export function byteByByte(bytes: Buffer): Buffer[] {
  return [...bytes].map((byte) => Buffer.of(byte));
}

/** Every way to cut bytes in two. */
export function cutsInTwo(bytes: Buffer): Buffer[][] {
  return Array.from({ length: bytes.length + 1 }, (_, cut) => [
    bytes.subarray(0, cut),
    bytes.subarray(cut),
  ]);
}

/** Bytes in pieces, cut anywhere; some pieces are empty. */
export function pieces(bytes: Buffer): fc.Arbitrary<Buffer[]> {
  return fc.array(fc.nat(bytes.length), { maxLength: 24 }).map((cuts) => {
    const ends = [...cuts, bytes.length].sort((a, b) => a - b);
    return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
  });
}

/** CPU time of the fastest of three runs, in milliseconds. */
export function fastest(run: () => unknown): number {
  const times = [1, 2, 3].map(() => {
    const began = process.cpuUsage(); // a busy machine makes the time on the clock longer, not this
    run();
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

/** What `run` gives, or the error that it throws. */
export function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

/** Runs a property as a test; one that does not hold throws. */
export function holds<Ts>(property: fc.IProperty<Ts>, parameters: fc.Parameters<Ts> = {}): void {
  void fc.assert(property, parameters);
}
