import type { Duplex } from 'node:stream';
import type { FTPError } from '../errors';
import type { TransferEvent } from '../protocol/transfer-states';
import type { TransferTls } from '../protocol/transfer-tls';
import type { Reply } from '../reply';
import type { StopSignal } from '../util/abort-signal';
import type { ByteSource } from './byte-source';

/** A transfer that a stream asks for when it is constructed. */
export interface TransferRequest {
  /** The transfer command, as it may be shown; it may be chosen while the transfer opens. */
  readonly command: string;
  /**
   * Opens the data connection, sends the transfer command, and resolves when the
   * server has agreed to begin; for an upload in clear already when the command is out. From then on the watcher is told of every reply.
   * An aborted signal leaves nothing behind.
   */
  open(watcher: TransferListener, signal: StopSignal): Promise<Transfer>;
}

/** The stream, as the client sees it. */
export interface TransferListener {
  /** Told, in the tick it happens, of a reply, or of the end of the control connection. */
  onEvent(event: TransferEvent, what: Reply | FTPError): void;
  /** Since when (`now()`) the stream waits for its user, or `undefined` if it does not. */
  idleSince(): number | undefined;
  /** Somebody waits for the end of the transfer. */
  onQueued(): void;
  /** The client gives the transfer up. */
  destroy(error: Error): void;
}

/** A transfer whose bytes can move. */
export interface Transfer {
  /** The data connection. Half-open: its owner ends it. */
  readonly data: Duplex;
  /** The server, as the user named it, for messages. */
  readonly host: string;
  /** How to read it, where there is a faster way than as a stream. */
  readonly source?: ByteSource | undefined;
  /** The 1yz, or the 2yz that came before any; absent while an upload in clear has neither. */
  readonly reply: Reply | undefined;
  readonly expected: ExpectedSize;
  readonly timeouts: TransferTimeouts;
  /** What is known of its TLS, if it has any. */
  readonly tls?: TransferTls | undefined;
  /** What the end of the data connection, or its error, means, where that is not all of it. */
  readonly explainEnd?: ((error?: Error) => Error | undefined) | undefined;
  /** What a refusal means, and what to do, where the reply does not say it. */
  readonly explain?: ((reply: Reply) => string | undefined) | undefined;
  /** Checks what the server has stored of so many bytes; where that was asked for. */
  readonly verify?: ((bytes: number) => Promise<void>) | undefined;
  /** Asks whether the server has just so many bytes of an upload, where it can tell (SIZE). */
  readonly isStored?: ((bytes: number) => Promise<boolean>) | undefined;
  /**
   * Ends the transfer, once: closes the data connection, so that after a failed upload the
   * server sees no end of file; reads the replies still owed; lets the next command go.
   * @param kill - why the control connection is of no more use, if so
   */
  release(success: boolean, kill?: FTPError): void;
}

export interface ExpectedSize {
  /** Bytes that must be transferred, where that is known for certain. */
  readonly exact: number | undefined;
  /** Bytes that the server told by SIZE: there may be more by now. */
  readonly reported?: number | undefined;
  /** Bytes that must be transferred at least: the smallest reading of the 150. */
  readonly least: number;
  /** What the stream tells its user; `null` if nobody knows. */
  readonly size: number | null;
}

/** The waits of a transfer, in milliseconds; 0 is for ever. */
export interface TransferTimeouts {
  readonly dataIdle: number;
  readonly completion: number;
  /** How long a transfer that has failed waits for the reply that says why. */
  readonly abort: number;
}

/** What the server said to begin with. */
export interface OpenedTransfer {
  /** Bytes that this transfer is expected to carry, or `null`. */
  readonly size: number | null;
  /** The 1yz reply that began it. */
  readonly reply: Reply;
}

/** What all streams of a transfer tell of it. */
export interface TransferStream {
  /** The transfer command, as it may be shown. */
  readonly command: string;
  /** Bytes that this transfer is expected to carry, or `null`. */
  readonly size: number | null;
  /** Bytes that went over the data connection. */
  readonly bytesTransferred: number;
  /** The final reply, once there is one. */
  readonly reply: Reply | undefined;
  /** The TLS of the data connection, from the opening on; `undefined` in clear. */
  readonly tls: TransferTls | undefined;
  /**
   * Resolves when the server has agreed to begin, and rejects when it has refused. An
   * error that is told here is emitted as `'error'` only if somebody listens for it.
   */
  opened(): Promise<OpenedTransfer>;
}
