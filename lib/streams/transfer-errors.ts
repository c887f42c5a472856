import {
  ConnectionError,
  FTPError,
  ReplyError,
  replyError,
  TimeoutError,
  TransferError,
} from '../errors';
import type { DownloadState, Verdict } from '../protocol/transfer-states';
import { type Reply, replyText } from '../reply';
import type { ExpectedSize, Transfer, TransferStream, TransferTimeouts } from './transfer';
import type { TransferMachine } from './transfer-machine';

/** The facts about a failed transfer from which its error is made. */
export interface FailedTransfer {
  /** The transfer command, with secrets masked. */
  readonly command: string;
  /** The server's host as the user gave it. */
  readonly host: string;
  /** Bytes transferred. */
  readonly bytes: number;
  /** The sizes that were expected. */
  readonly expected: ExpectedSize;
  /** The timeouts of the transfer, in milliseconds. */
  readonly timeouts: TransferTimeouts;
  /** Whether the data connection had ended. */
  readonly atEnd: boolean;
  /** Whether all bytes are known to have been transferred. */
  readonly dataComplete: boolean;
  /** The last reply that was not preliminary. */
  readonly reply: Reply | undefined;
  /** The error of the data connection. */
  readonly dataError: Error | undefined;
  /** The error of the control connection. */
  readonly controlError: FTPError | undefined;
  /** See `Transfer.explain`. */
  readonly explain?: Transfer['explain'];
}

/** Collects the facts about a failed transfer, in either direction. */
export function failedTransfer(
  stream: Pick<TransferStream, 'command' | 'bytesTransferred'>,
  { host, expected, timeouts, explain }: Transfer,
  { reply, dataError, controlError }: TransferMachine<string>,
  atEnd: boolean,
  dataComplete: boolean,
): FailedTransfer {
  return {
    command: stream.command,
    host,
    bytes: stream.bytesTransferred,
    expected,
    timeouts,
    explain,
    atEnd,
    dataComplete,
    reply,
    dataError,
    controlError,
  };
}

/** The error codes of a reset, and of a close without an end. Failures of TLS have other codes. */
const RESET_CODES: ReadonlySet<unknown> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTCONN',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** Whether a data connection was closed by a reset (RST), as some servers and proxies do. */
export function isReset(error: Error | undefined): boolean {
  return RESET_CODES.has((error as NodeJS.ErrnoException | undefined)?.code);
}

/**
 * The error of a transfer that failed with this verdict.
 * @param isUsable - whether the control connection is usable
 */
export function transferFailure(
  verdict: Verdict,
  transfer: FailedTransfer,
  isUsable = transfer.controlError === undefined,
): FTPError {
  const { command, host, bytes, atEnd, dataComplete, reply, dataError, controlError, timeouts } =
    transfer;
  const context = {
    command,
    phase: atEnd ? ('completion' as const) : ('data' as const),
    bytesTransferred: bytes,
    dataComplete,
  };
  const said = reply ? replyText(reply) : '';
  switch (verdict) {
    case '!refused':
      return replyError(reply as Reply, {
        ...context,
        cause: dataError,
        hint: transfer.explain?.(reply as Reply),
      });
    case '!outOfStep':
      return new ReplyError(reply as Reply, { ...context, connectionUsable: false });
    case '!controlLost': {
      // It announced the close.
      if (reply?.code === 421) return replyError(reply, { ...context, cause: dataError });
      // There was no reply to the command.
      if (controlError instanceof TimeoutError) return controlError;
      const message = `${controlError?.message} (${command})`;
      return new ConnectionError(message, {
        ...context,
        reply: controlError?.reply,
        cause: controlError,
      });
    }
    case '!stalled': {
      const what = `No data was transferred on the data connection with ${host}`;
      const message = `${what} for ${timeouts.dataIdle} ms (${command})`;
      return new TimeoutError(message, { ...context, connectionUsable: true });
    }
    case '!unconfirmed': {
      const message = `No final reply from ${host} to ${command} within ${timeouts.completion} ms`;
      return new TimeoutError(message, context);
    }
    case '!noData':
    case '!earlyCompletion': {
      const when = verdict === '!noData' ? 'before any data arrived' : 'before all data was sent';
      const message = `${said} (${command}, ${when})`;
      return new TransferError(message, { ...context, reply }, 'ERR_FTP_EARLY_COMPLETION');
    }
    default: {
      const cause = dataError;
      if (cause instanceof TimeoutError)
        return new TimeoutError(`${cause.message} (${command})`, {
          ...context,
          cause,
          connectionUsable: true,
        });
      const why = cause ? `: ${cause.message}` : '';
      const message = `The data connection with ${host} failed${why} (${command})`;
      const code = cause instanceof TransferError ? cause.code : undefined;
      const details = { ...context, reply, cause, connectionUsable: isUsable };
      return new TransferError(message, details, code);
    }
  }
}

/** The error of a download that ended with this verdict; `undefined` if it succeeded. */
export function downloadFailure(
  verdict: Verdict,
  stream: Pick<TransferStream, 'command' | 'bytesTransferred'>,
  transfer: Transfer,
  machine: TransferMachine<DownloadState>,
  // Some servers open no data connection for an empty listing.
  isListing = false,
): FTPError | undefined {
  const { expected } = transfer;
  const { bytesTransferred } = stream;
  const size = expected.exact ?? expected.size;
  const isComplete = size !== null && bytesTransferred === size;
  const { state } = machine;
  const isAllThere = state === 'controlFailed' && isComplete;
  const atEnd = state === 'atEnd' || state === 'earlyAtEnd' || isAllThere;
  const failure = failedTransfer(stream, transfer, machine, atEnd, isComplete);
  const isUntouched = verdict === '!noData' && bytesTransferred === 0;
  const isDone =
    verdict === '!inDoubt' && isCompleteDespiteReset(transfer, bytesTransferred, machine.dataError);
  if (verdict === '!success' || isDone || (isUntouched && isListing)) return sizeFailure(failure);
  const isStalled = verdict === '!noData' && !isUntouched;
  return transferFailure(isStalled ? '!stalled' : verdict, failure);
}

/** Whether a download has all its bytes although the data connection was reset. */
export function isCompleteDespiteReset(
  { expected }: Transfer,
  bytes: number,
  error: Error | undefined,
): boolean {
  return bytes === expected.exact && isReset(error);
}

/** The error of a download with more bytes than its known size. */
export function excessError(command: string, exact: number): FTPError {
  const message = `More than ${exact} bytes arrived (${command})`;
  return new TransferError(message, { command, phase: 'data' }, 'ERR_FTP_SIZE_MISMATCH');
}

/** The error of a transfer with a wrong number of bytes; `undefined` if it is right. */
export function sizeFailure(transfer: FailedTransfer): FTPError | undefined {
  const { command, bytes, expected, reply } = transfer;
  const context = { command, phase: 'completion' as const, bytesTransferred: bytes, reply };
  if (expected.exact !== undefined && bytes !== expected.exact) {
    const message = `${bytes} of ${expected.exact} bytes were transferred (${command})`;
    return new TransferError(message, context, 'ERR_FTP_SIZE_MISMATCH');
  }
  if (expected.reported !== undefined && bytes < expected.reported) {
    const message = `${bytes} of at least ${expected.reported} bytes were transferred (${command})`;
    return new TransferError(message, context, 'ERR_FTP_SIZE_MISMATCH');
  }
  if (bytes < expected.least) {
    const message = `Only ${bytes} of ${expected.least} bytes arrived, but the server reported success (${command})`;
    return new TransferError(message, context, 'ERR_FTP_TRUNCATED');
  }
  return undefined;
}

/**
 * The outcome of an upload that ended with this verdict.
 *
 * @returns its error if it failed; else a promise, which rejects if the file's size at the server
 * shows that it failed
 */
export function uploadOutcome(
  verdict: Verdict,
  upload: FailedTransfer,
  transfer: Transfer,
): FTPError | Promise<void> {
  const isInDoubt = verdict === '!inDoubt' && isReset(upload.dataError);
  if (verdict !== '!success' && !isInDoubt) {
    const isSent = transfer.data.writableFinished;
    const isStalled = verdict === '!unconfirmed' && !isSent;
    return transferFailure(isStalled ? '!stalled' : verdict, upload);
  }
  const failure = sizeFailure(upload);
  if (failure) return failure;
  return isInDoubt
    ? decideBySize(upload, transfer)
    : Promise.resolve(transfer.verify?.(upload.bytes));
}

/**
 * Lets the file's size at the server decide, if the data connection was reset after the last byte.
 */
async function decideBySize(upload: FailedTransfer, transfer: Transfer): Promise<void> {
  let isUsable = true;
  const isStored = await transfer.isStored?.(upload.bytes).catch((error) => {
    isUsable = error instanceof FTPError && error.connectionUsable;
    return false;
  });
  if (!isStored) throw transferFailure('!dataLost', upload, isUsable);
}
