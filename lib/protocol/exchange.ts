import type { Phase } from '../errors';
import { type Reply, replyClass } from '../reply';
import type { Command } from './command';

/**
 * What each class of reply does to the exchange that receives it (RFC 959 §6).
 *
 * `begin` tells of the reply and goes on as `completion`; `early` tells of it and
 * goes on as `early`: some servers say 200 to a transfer command before its 150,
 * and some say only 226.
 */
// biome-ignore format: a table
export const TRANSITIONS = {
  //              1yz      2yz        3yz        4yz     5yz
  completion:   ['wait',  'succeed', 'fail',    'fail', 'fail'], // most commands
  intermediate: ['wait',  'fail',    'succeed', 'fail', 'fail'], // RNFR
  either:       ['wait',  'succeed', 'succeed', 'fail', 'fail'], // USER, PASS, REST, sendCmd
  transfer:     ['begin', 'early',   'fail',    'fail', 'fail'], // RETR, STOR, ... before their 1yz
  early:        ['begin', 'succeed', 'fail',    'fail', 'fail'], // the same, after a 2yz without 1yz
} as const;

/** What a reply does to the exchange that receives it. */
export function transitionFor(expects: keyof typeof TRANSITIONS, reply: Reply) {
  return TRANSITIONS[expects][(replyClass(reply) - 1) as 0 | 1 | 2 | 3 | 4];
}

/** One command and the replies it is owed. Told of each reply; ends once, well or badly. */
export interface Exchange {
  /** Absent for the greeting, which is owed to nobody's command. */
  readonly command: Command | undefined;
  readonly expects: keyof typeof TRANSITIONS;
  readonly phase: Phase;
  /** Milliseconds that its next reply may take; 0 is for ever. Its owner may change it. */
  timeout: number;
  /** What the user can do if no reply comes: more words for the error. */
  readonly advice?: string | undefined;
  /** Milliseconds for all of its replies together; without it, a multiple of `timeout`. */
  readonly limit?: number | undefined;
  /** A command of the user's own: every reply can answer it. */
  readonly isRaw?: true;
  /** It was sent while a transfer runs, and may be answered before that is over. */
  readonly isKeepAlive?: true;
  /** It is there to prove that client and server are in step: whatever its answer says will do. */
  readonly isProbe?: true;
  /** Called when the command has been written: it may have waited for a reply owed to another. */
  readonly written?: (() => void) | undefined;
  readonly preliminary?: ((reply: Reply) => void) | undefined;
  /** Returns whether it may be the last one; else it is noise, and as if it had not come. */
  readonly early?: ((reply: Reply) => boolean) | undefined;
  readonly succeeded: (reply: Reply) => void;
  readonly failed: (reason: unknown) => void;
}
