import { Duplex } from 'node:stream';
import type { DownloadStream } from 'ftpipe';
import { turns } from '../helpers/promises';

type Request = ConstructorParameters<typeof DownloadStream>[0];
type Watcher = Parameters<Request['open']>[0];
type Transfer = Awaited<ReturnType<Request['open']>>;

const OPENED = { code: 150, lines: ['150 Here it comes.'] };
const DONE = { code: 226, lines: ['226 Done.'] };

/** A transfer without a server, which the test controls. */
export class FakeTransfer implements Request {
  readonly command = 'LIST';
  readonly data = new Duplex({ read() {}, write: (_chunk, _encoding, callback) => callback() });
  watcher!: Watcher;
  /** Whether it succeeded or was abandoned. The first call decides. */
  released: boolean[] = [];
  readonly #patience: number;

  /** @param patience - how long the data connection may stand still, in milliseconds */
  constructor(patience = 1000) {
    this.#patience = patience;
  }

  async open(watcher: Watcher): Promise<Transfer> {
    this.watcher = watcher;
    watcher.onEvent('preliminary', OPENED);
    return {
      data: this.data,
      host: 'ftp.example',
      reply: OPENED,
      expected: { exact: undefined, least: 0, size: null },
      timeouts: { dataIdle: this.#patience, completion: 1000, abort: 1000 },
      release: (success) => {
        if (this.released.length > 0) return;
        this.released.push(success);
        this.data.destroy();
      },
    };
  }

  /** Gives bytes, each piece in a turn of its own. */
  async give(pieces: Iterable<Buffer>): Promise<void> {
    for (const piece of pieces) {
      this.data.push(piece);
      await turns(1);
    }
  }

  end(): void {
    this.data.push(null);
    this.confirm();
  }

  /** The 226. */
  confirm(): void {
    this.watcher.onEvent('completion', DONE);
  }
}
