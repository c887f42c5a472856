import type { FTPError } from '../../errors';
import type { Command } from '../../protocol/command';
import type { ReplyParserOptions } from '../../protocol/reply-parser';
import type { Probe } from '../../protocol/surplus';
import type { Reply } from '../../reply';

export interface ControlConnectionEvents {
  /** A command has been written; `label` has secrets masked. */
  command: [label: string];
  reply: [reply: Reply];
  /** Something odd that was got over. */
  warning: [message: string];
  /** The connection is gone; no reason means that we closed it. */
  close: [reason: FTPError | undefined];
}

export interface ControlOptions extends ReplyParserOptions {
  /** The server's host and port, for messages. */
  readonly name?: string;
  /** Makes a command that has no argument. */
  readonly command: (verb: Probe) => Command;
}
