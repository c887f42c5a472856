import type { FTPError } from '../errors';
import type { Reply } from '../reply';
import type { TransferStream } from '../streams/transfer';

/** The events of a client. */
export interface FTPEvents {
  /** A command was sent; secrets are masked. */
  command: [label: string];
  reply: [reply: Reply];
  /** The server has agreed to begin a transfer. */
  transfer: [stream: TransferStream];
  /** Something odd at the server's side that was got over. */
  warning: [message: string];
  /** The control connection is gone; without a reason it was closed from here. */
  close: [reason: FTPError | undefined];
}
