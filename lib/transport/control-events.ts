import type { FTPError } from '../errors';
import type { Reply } from '../protocol/reply';

export interface ControlConnectionEvents {
  /** A command has been written; `label` has secrets masked. */
  command: [label: string];
  reply: [reply: Reply];
  /** Something odd that was got over. */
  warning: [message: string];
  /** The connection is gone; no reason means that we closed it. */
  close: [reason: FTPError | undefined];
}
