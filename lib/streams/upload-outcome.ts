import { FTPError } from '../errors';
import type { Verdict } from '../protocol/transfer-states';
import type { Transfer } from './transfer';
import { type FailedTransfer, isReset, sizeFailure, transferFailure } from './transfer-errors';

/**
 * How an upload ends that has come to its verdict.
 *
 * @returns the error of one that has failed; else a promise, which rejects if the size at the
 * server shows that it has
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
  return isInDoubt ? decided(upload, transfer) : Promise.resolve(transfer.verify?.(upload.bytes));
}

/** Lets the size at the server decide, where the data connection was reset after all was sent. */
async function decided(upload: FailedTransfer, transfer: Transfer): Promise<void> {
  let isUsable = true;
  const isStored = await transfer.isStored?.(upload.bytes).catch((error) => {
    isUsable = error instanceof FTPError && error.connectionUsable;
    return false;
  });
  if (!isStored) throw transferFailure('!dataLost', upload, isUsable);
}
