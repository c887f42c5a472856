import type { DownloadStream, TransferProgress, UploadStream } from 'ftpipe';
import type { Terminal } from './command-line';

const WIDTH = 30;
const LOG_INTERVAL = 5_000; // milliseconds
const MIB = 1024 * 1024;

/**
 * Shows the progress of a transfer: on a terminal as a bar, otherwise as a line every few seconds
 * and one at the end.
 */
export function showProgress(stream: DownloadStream | UploadStream, { stderr }: Terminal): void {
  let line = '';
  let loggedAt = performance.now();
  stream.on('progress', (progress: TransferProgress) => {
    line = progressLine(progress);
    if (stderr.isTTY) {
      stderr.write(`\r${line}\x1b[K`);
    } else if (performance.now() - loggedAt >= LOG_INTERVAL) {
      loggedAt = performance.now();
      stderr.write(`${line}\n`);
    }
  });
  stream.once('close', () => {
    if (line) stderr.write(stderr.isTTY ? '\n' : `${line}\n`);
  });
}

/** `[###############---------------]  50 %  32.0 of 64.0 MiB  180.5 MiB/s` */
export function progressLine({ bytesTransferred, size, bytesPerSecond }: TransferProgress): string {
  const rate = `${mebibytes(bytesPerSecond)} MiB/s`;
  if (size === null) return `${mebibytes(bytesTransferred)} MiB  ${rate}`;
  const share = size === 0 ? 1 : Math.min(bytesTransferred / size, 1);
  const bar = '#'.repeat(Math.floor(share * WIDTH)).padEnd(WIDTH, '-');
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `[${bar}] ${percent} %  ${mebibytes(bytesTransferred)} of ${mebibytes(size)} MiB  ${rate}`;
}

function mebibytes(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
