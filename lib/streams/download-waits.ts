import type { DownloadState } from '../protocol/transfer-states';
import type { Course } from './course';
import type { Transfer } from './transfer';
import { isWhole } from './transfer-failure';

/** Whether the bytes of the data connection are what a download waits for. */
export function waitsForData(state: DownloadState): boolean {
  return state === 'transferring' || state === 'confirmed' || state === 'early';
}

/**
 * Milliseconds to wait for the next bytes. A 226 before any 150 may be all that a server says of an
 * empty listing.
 */
export function dataWait(
  { state }: Course<DownloadState>,
  bytes: number,
  { timeouts: { dataIdle, abort } }: Transfer,
): number {
  return state === 'early' && bytes === 0 ? abort : dataIdle;
}

/** Milliseconds to wait for the reply, when no more bytes come. */
export function replyWait(
  { state, dataError }: Course<DownloadState>,
  bytes: number,
  transfer: Transfer,
): number {
  const { completion, abort } = transfer.timeouts;
  const isReset = state === 'dataFailed' && isWhole(transfer, bytes, dataError);
  return state === 'atEnd' || isReset ? completion : abort;
}
