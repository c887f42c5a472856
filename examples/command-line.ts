import type { Writable } from 'node:stream';

/** Where an example writes to, and what stops it. `process` is one. */
export interface Terminal {
  /** For results. */
  readonly stdout: Writable;
  /** For progress. */
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** Aborted by Ctrl-C. */
  readonly signal?: AbortSignal | undefined;
}

type Values<Names extends readonly string[]> = { readonly [Index in keyof Names]: string };

/**
 * Runs an example with the arguments of the command line, which `names` are the names of.
 * The exit code is 1 if it fails, 2 if it was called wrongly, 130 after Ctrl-C.
 */
export async function run<const Names extends readonly string[]>(
  names: Names,
  program: (values: Values<Names>, terminal: Terminal) => Promise<unknown>,
): Promise<void> {
  const { argv, stdout, stderr } = process;
  const [, script, ...values] = argv;
  if (values.length !== names.length) {
    console.error(`Usage: node ${[script, ...names].join(' ')}`);
    process.exitCode = 2;
    return;
  }
  const interrupt = new AbortController();
  // Only the first one: the second Ctrl-C ends the process, as it always does.
  process.once('SIGINT', () => interrupt.abort());
  const { signal } = interrupt;
  try {
    await program(values as unknown as Values<Names>, { stdout, stderr, signal });
  } catch (error) {
    console.error(signal.aborted ? 'Interrupted' : `Failed: ${(error as Error).message}`);
    process.exitCode = signal.aborted ? 130 : 1;
  }
}
