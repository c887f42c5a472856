import type { Duplex } from 'node:stream';
import type { FTPError } from '../errors';
import type { TransferEvent } from '../protocol/transfer-states';
import type { TransferTls } from '../protocol/transfer-tls';
import type { Reply } from '../reply';
import type { StopSignal } from '../util/abort-signal';
import type { ByteSource } from './byte-source';

/** A request for a transfer, which a stream opens when it is constructed. */
export interface TransferRequest {
  /**
   * The transfer command, with secrets masked. It may change while the transfer opens (MLSD or
   * LIST).
   */
  readonly command: string;
  /**
   * Opens the data connection and sends the transfer command. Resolves when the server has accepted
   * it; for an upload without TLS, already when it is sent. From the command on, the listener is
   * called for every reply. When the signal is aborted, everything is released.
   * @throws FTPError, or the signal's reason
   */
  open(listener: TransferListener, signal: StopSignal): Promise<Transfer>;
}

/** The client's view of a transfer stream. */
export interface TransferListener {
  /** Called synchronously for a reply, and for the close of the control connection. */
  onEvent(event: TransferEvent, what: Reply | FTPError): void;
  /**
   * The time (`now()`) since when the stream waits for its user; `undefined` if it does not wait.
   */
  idleSince(): number | undefined;
  /** Called when another call waits for the end of the transfer. */
  onQueued(): void;
  /** Called when the client abandons the transfer. */
  destroy(error: Error): void;
}

/** An opened transfer: its bytes can be sent or received. */
export interface Transfer {
  /** The data connection. It is half-open: its owner must end it. */
  readonly data: Duplex;
  /** The server's host as the user gave it, for error messages. */
  readonly host: string;
  /** Reads `data`, if there is a faster way than as a stream. */
  readonly source?: ByteSource | undefined;
  /** The 1yz, or an early 2yz; `undefined` if an upload without TLS begins before either. */
  readonly reply: Reply | undefined;
  /** The sizes that are expected. */
  readonly expected: ExpectedSize;
  /** The timeouts, in milliseconds. */
  readonly timeouts: TransferTimeouts;
  /** Details of its TLS; `undefined` without TLS. */
  readonly tls?: TransferTls | undefined;
  /**
   * Returns the error that an end (or an error) of the data connection means; `undefined` if none.
   */
  readonly explainEnd?: ((error?: Error) => Error | undefined) | undefined;
  /** Explains a refusal, with advice, if the reply itself does not say it. */
  readonly explain?: ((reply: Reply) => string | undefined) | undefined;
  /** Checks the size of the stored file after `bytes` were sent, if the user wants that. */
  readonly verify?: ((bytes: number) => Promise<void>) | undefined;
  /** Asks with SIZE whether the server has stored exactly `bytes`, if it can tell. */
  readonly isStored?: ((bytes: number) => Promise<boolean>) | undefined;
  /**
   * Ends the transfer; only the first call counts. It closes the data connection, in such a way
   * that the server does not take a failed upload for complete. Then it reads the outstanding
   * replies, and lets the next command proceed.
   * @param success - whether the transfer succeeded
   * @param kill - the reason to close the control connection, if it is not usable
   */
  release(success: boolean, kill?: FTPError): void;
}

/** What is known about the size of a transfer, in bytes. */
export interface ExpectedSize {
  /** The exact number of bytes, if that is certain. */
  readonly exact: number | undefined;
  /** The size that SIZE reported. The file may have grown since. */
  readonly reported?: number | undefined;
  /** The minimum: the smallest interpretation of the size in the 150. */
  readonly least: number;
  /** The size that the stream reports to its user; `null` if it is not known. */
  readonly size: number | null;
}

/** The timeouts of a transfer, in milliseconds; 0 means no limit. */
export interface TransferTimeouts {
  /** Time without a byte on the data connection. */
  readonly dataIdle: number;
  /** Time for the final reply after the end of the data. */
  readonly completion: number;
  /** Time for the reply that explains a failure. */
  readonly abort: number;
}

/** The beginning of a transfer, as `opened()` and `'open'` report it. */
export interface OpenedTransfer {
  /** The expected number of bytes, or `null` if it is not known. */
  readonly size: number | null;
  /** The 1yz reply; a 2yz if the server sent no 1yz. */
  readonly reply: Reply;
}

/** The properties that all transfer streams have. */
export interface TransferStream {
  /** The transfer command, with secrets masked. */
  readonly command: string;
  /** The expected number of bytes, or `null` if it is not known. */
  readonly size: number | null;
  /** Bytes transferred over the data connection so far. */
  readonly bytesTransferred: number;
  /** The final reply; `undefined` until it arrives. */
  readonly reply: Reply | undefined;
  /** Details of the data connection's TLS, from the opening on; `undefined` without TLS. */
  readonly tls: TransferTls | undefined;
  /**
   * Resolves when the server has accepted the command, and rejects when the transfer fails before.
   * An error that is reported here is emitted as `'error'` only if there is a listener for it.
   * @throws FTPError, or the reason with which the stream was destroyed
   */
  opened(): Promise<OpenedTransfer>;
}
