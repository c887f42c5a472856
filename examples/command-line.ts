import type { Writable } from 'node:stream';

/** The output streams of an example, and the signal that stops it. `process` provides them. */
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
 * Runs an example with the arguments of the command line. `names` are their names, for the usage
 * line. The exit code is 1 if it fails, 2 for wrong arguments, 130 after Ctrl-C.
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
  // Only the first Ctrl-C: the second one ends the process, as usual.
  process.once('SIGINT', () => interrupt.abort());
  const { signal } = interrupt;
  try {
    await program(values as unknown as Values<Names>, { stdout, stderr, signal });
  } catch (error) {
    console.error(signal.aborted ? 'Interrupted' : `Failed: ${(error as Error).message}`);
    process.exitCode = signal.aborted ? 130 : 1;
  }
}
