import type { TransferProgress } from '../streams/progress';
import type { CallOptions } from './client-options';

/** Options of `download()` and `upload()`. */
export interface FileTransferOptions extends CallOptions {
  /**
   * Byte of both files at which to begin. Default 0: the whole file, in place of what is there.
   * Beyond the end of either file, the call rejects with `ERR_FTP_BAD_OFFSET`. So does an upload
   * where the server does not tell the size of its file (SIZE), unless `verify` is `false`. A local
   * pipe has no offsets: all of it is sent.
   */
  readonly rest?: number | null | undefined;
  /**
   * Whether the size at the server (SIZE) is compared with the bytes transferred. `'size'`, the
   * default: they must be equal. `'at-least'`: the download may be longer than SIZE told, as that of
   * a log which grows meanwhile; and the server's file longer than what was uploaded.
   */
  readonly verify?: 'size' | 'at-least' | false | undefined;
  /**
   * Called a few times a second, and at the end. What it throws fails the call, even where the last byte has been
   * stored; so does the promise that it returns, which is waited for at the end only.
   */
  readonly onProgress?: ((progress: TransferProgress) => unknown) | undefined;
}
