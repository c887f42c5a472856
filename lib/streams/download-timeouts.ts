import type { DownloadState } from '../protocol/transfer-states';
import type { Transfer } from './transfer';
import { isCompleteDespiteReset } from './transfer-errors';
import type { TransferMachine } from './transfer-machine';

const DATA_STATES: ReadonlySet<DownloadState> = new Set([
  'transferring',
  'confirmed',
  'early',
  'controlFailed',
]);

/** Whether a download in this state waits for bytes of the data connection. */
export function waitsForData(state: DownloadState): boolean {
  return DATA_STATES.has(state);
}

/** Milliseconds without a byte, after the server has announced by 421 that it closes. */
const FAREWELL = 2_000;

/**
 * Milliseconds to wait for the next bytes. For an empty listing, a server may send a 226 without a
 * 150 and no data connection, so then the wait is short.
 */
export function dataTimeout(
  { state, reply }: TransferMachine<DownloadState>,
  bytes: number,
  { timeouts: { dataIdle, abort } }: Transfer,
): number {
  if (state === 'early' && bytes === 0) return abort;
  const isLeaving = state === 'controlFailed' && reply?.code === 421;
  return isLeaving ? Math.min(dataIdle || FAREWELL, FAREWELL) : dataIdle;
}

/** Milliseconds to wait for the final reply when no more bytes will arrive. */
export function replyTimeout(
  { state, dataError }: TransferMachine<DownloadState>,
  bytes: number,
  transfer: Transfer,
): number {
  const { completion, abort } = transfer.timeouts;
  const isReset = state === 'dataFailed' && isCompleteDespiteReset(transfer, bytes, dataError);
  return state === 'atEnd' || isReset ? completion : abort;
}
