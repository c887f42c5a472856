import type { Script } from './dialogue-server';
import type { DifferenceName } from './differences';

/** A call in ftplib's names: `['cwd', '/a']`. */
export type Call = readonly [name: string, ...args: unknown[]];

/** What a call came to. */
export type Outcome =
  | { readonly value: unknown }
  | { readonly error: string; readonly text: string; readonly delivered?: unknown };

/** What a whole case came to, on one side. */
export interface Trace {
  /** Of the calls in their order; the first one is that of `connect`. */
  readonly outcomes: readonly Outcome[];
  /** The commands in the order in which the server received them. */
  readonly commands: readonly string[];
  readonly uploads: readonly string[];
}

/** What ftpipe does otherwise in a case, and the entry of the list that says why. */
export interface Differing {
  readonly because: DifferenceName | readonly DifferenceName[];
  /** By the number of the call; 0 is `connect`. */
  readonly outcomes?: Readonly<Record<number, Outcome>>;
  readonly commands?: readonly string[];
  readonly uploads?: readonly string[];
}

/** Calls that both sides make against the same script. */
export interface Case {
  readonly name: string;
  readonly script?: Script;
  readonly calls?: readonly Call[];
  /** Milliseconds of every wait; short where the server is silent. */
  readonly timeout?: number;
  readonly family?: 4 | 6;
  readonly encoding?: 'utf-8' | 'latin1';
}

export const gives = (value: unknown): Outcome => ({ value });

/** @param text - the reply, where there is one */
export const fails = (error: string, text = '', delivered?: unknown): Outcome => ({
  error,
  text,
  ...(delivered !== undefined && { delivered }),
});
