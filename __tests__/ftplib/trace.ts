import type { Script } from './dialogue-server';
import type { DifferenceName } from './differences';

/** A call with ftplib's method name: `['cwd', '/a']`. */
export type Call = readonly [name: string, ...args: unknown[]];

/** The result of a call. */
export type Outcome =
  | { readonly value: unknown }
  | { readonly error: string; readonly text: string; readonly delivered?: unknown };

/** The results of a case with one of the two libraries. */
export interface Trace {
  /** The outcomes of the calls in order. The first is that of `connect`. */
  readonly outcomes: readonly Outcome[];
  /** The commands in the order in which the server received them. */
  readonly commands: readonly string[];
  readonly uploads: readonly string[];
}

/** What ftpipe does differently in a case, and the names of the reasons. */
export interface Differing {
  readonly because: DifferenceName | readonly DifferenceName[];
  /** By the index of the call. 0 is `connect`. */
  readonly outcomes?: Readonly<Record<number, Outcome>>;
  readonly commands?: readonly string[];
  readonly uploads?: readonly string[];
}

/** Calls that both libraries make against the same script. */
export interface Case {
  readonly name: string;
  readonly script?: Script;
  readonly calls?: readonly Call[];
  /** The timeout of every wait in milliseconds. Short if the server does not answer. */
  readonly timeout?: number;
  readonly family?: 4 | 6;
  readonly encoding?: 'utf-8' | 'latin1';
}

export const gives = (value: unknown): Outcome => ({ value });

/** @param text - the text of the reply, if there is one */
export const fails = (error: string, text = '', delivered?: unknown): Outcome => ({
  error,
  text,
  ...(delivered !== undefined && { delivered }),
});
