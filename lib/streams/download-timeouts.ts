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

/** Whether the bytes of the data connection are what a download waits for. */
export function waitsForData(state: DownloadState): boolean {
  return DATA_STATES.has(state);
}

/** Milliseconds without a byte that a server may take which has said by 421 that it goes away. */
const FAREWELL = 2_000;

/**
 * Milliseconds to wait for the next bytes. A 226 before any 150 may be all that a server says of an
 * empty listing.
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

/** Milliseconds to wait for the reply, when no more bytes come. */
export function replyTimeout(
  { state, dataError }: TransferMachine<DownloadState>,
  bytes: number,
  transfer: Transfer,
): number {
  const { completion, abort } = transfer.timeouts;
  const isReset = state === 'dataFailed' && isCompleteDespiteReset(transfer, bytes, dataError);
  return state === 'atEnd' || isReset ? completion : abort;
}
