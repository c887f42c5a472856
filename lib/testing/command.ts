import { type Binary, toText } from './bytes';
import type { Fault } from './faults';

/** One command line as it arrived, with the faults that apply to it. */
export interface Command {
  /** The verb in upper case; `'connect'` for the greeting. */
  readonly verb: string;
  /** Everything after the first space, as text. */
  readonly argument: string;
  /** The argument with one character per byte (`latin1`), as paths are stored. */
  readonly binary: Binary;
  /** The whole line, as text. */
  readonly line: string;
  /** @internal */
  readonly faults: readonly Fault[];
}

/** Splits a line at its first space; further spaces belong to the argument (RFC 959 §5.3.1). */
export function parseCommand(line: Binary): Omit<Command, 'faults'> {
  const space = line.indexOf(' ');
  const verb = space < 0 ? line : line.slice(0, space);
  const binary = space < 0 ? '' : line.slice(space + 1);
  return { verb: verb.toUpperCase(), argument: toText(binary), binary, line: toText(line) };
}
