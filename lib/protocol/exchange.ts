import type { Phase } from '../errors';
import { type Reply, replyClass } from '../reply';
import type { Command } from './command';

/**
 * What each class of reply does to the exchange that receives it (RFC 959 §6).
 *
 * `begin` reports the reply and continues as `completion`. `early` reports it and continues as
 * `early`: some servers answer a transfer command with 200 before its 150, and some only with 226.
 */
// biome-ignore format: a table
export const TRANSITIONS = {
  //              1yz      2yz        3yz        4yz     5yz
  completion:   ['wait',  'succeed', 'fail',    'fail', 'fail'], // most commands
  intermediate: ['wait',  'fail',    'succeed', 'fail', 'fail'], // RNFR
  either:       ['wait',  'succeed', 'succeed', 'fail', 'fail'], // USER, PASS, REST, sendCmd
  transfer:     ['begin', 'early',   'fail',    'fail', 'fail'], // RETR, STOR, ... before their 1yz
  early:        ['begin', 'succeed', 'fail',    'fail', 'fail'], // after a 2yz without 1yz
} as const;

/** Looks up what a reply does to an exchange in this state. */
export function transitionFor(expects: keyof typeof TRANSITIONS, reply: Reply) {
  return TRANSITIONS[expects][(replyClass(reply) - 1) as 0 | 1 | 2 | 3 | 4];
}

/** One command and its replies. Ends exactly once, with `succeeded` or `failed`. */
export interface Exchange {
  /** The command; `undefined` for the greeting, which answers no command. */
  readonly command: Command | undefined;
  /** The replies that it expects: a row of {@link TRANSITIONS}. */
  readonly expects: keyof typeof TRANSITIONS;
  /** The phase for its errors. */
  readonly phase: Phase;
  /** Time limit for its next reply in milliseconds; 0 means no limit. Its owner may change it. */
  timeout: number;
  /** What the user can do if no reply arrives; appended to the message of the error. */
  readonly advice?: string | undefined;
  /** Time limit for all its replies in milliseconds; default: a multiple of `timeout`. */
  readonly limit?: number | undefined;
  /** The user sent the command, so any reply can answer it. */
  readonly isRaw?: true;
  /** It was sent during a transfer, and may be answered before the transfer ends. */
  readonly isKeepAlive?: true;
  /** It only proves that client and server are in step, so any answer will do. */
  readonly isProbe?: true;
  /** Is called when the command has been written, perhaps after waiting for other replies. */
  readonly written?: (() => void) | undefined;
  /** Is called for each 1yz. */
  readonly preliminary?: ((reply: Reply) => void) | undefined;
  /**
   * Is called for a 2yz before the 1yz. Returns whether it may be the final reply; if not, it is
   * dropped.
   */
  readonly early?: ((reply: Reply) => boolean) | undefined;
  /** Is called with the final reply if it is the expected one. */
  readonly succeeded: (reply: Reply) => void;
  /** Is called with the error if the exchange fails. */
  readonly failed: (reason: unknown) => void;
}
