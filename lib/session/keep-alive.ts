import { ReplyError } from '../errors';
import type { Settings } from '../options/settings';
import type { Timeouts } from '../options/timeouts';
import type { Command } from '../protocol/command';
import { refusedDuringTransfer } from '../protocol/keep-alive';
import type { ControlConnection } from '../transport/control/control-connection';

// Servers that answer only after the transfer buffer the commands. The limit spares that buffer.
const MAX_PENDING = 200;

/** The parts of a `Session` that `KeepAlive` needs. */
interface KeepAliveContext {
  readonly settings: Pick<Settings, 'noopInterval'>;
  readonly control: ControlConnection;
  command(verb: string): Command;
  timeouts(options: object): Timeouts;
}

/**
 * Sends NOOP on the control connection while a transfer runs, so that firewalls and servers do not
 * close it as idle. The replies are queued like others: the next command waits for all of them.
 */
export class KeepAlive {
  #isSupported: boolean;
  readonly #session: KeepAliveContext;
  #timer: NodeJS.Timeout | undefined;
  #pending = 0;

  /** @param isSupported - `false` if the server is known to refuse NOOP while a transfer runs */
  constructor(session: KeepAliveContext, isSupported: boolean) {
    this.#session = session;
    this.#isSupported = isSupported;
  }

  /** Starts sending, once the server has accepted the transfer. A second call has no effect. */
  start(): void {
    const { noopInterval } = this.#session.settings;
    if (this.#timer || !this.#isSupported || noopInterval === 0) return;
    this.#timer = setInterval(() => this.#send(), noopInterval);
    this.#timer.unref(); // the transfer itself keeps the process alive
  }

  /** Stops sending. Replies to NOOPs already sent are still awaited. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #send(): void {
    const { control } = this.#session;
    if (control.closed) return this.stop();
    if (this.#pending >= MAX_PENDING) return;
    this.#pending++;
    const noop = this.#session.command('NOOP');
    const timeout = this.#session.timeouts({}).reply;
    control.immediateExchange(noop, { timeout, isKeepAlive: true }).then(
      () => this.#pending--,
      (error) => this.#onError(error),
    );
  }

  // The transfer itself reports a lost connection.
  #onError(error: unknown): void {
    this.#pending--;
    if (!(error instanceof ReplyError)) return;
    if (refusedDuringTransfer(error.reply)) return; // the server has read it, and that suffices
    this.#isSupported = false;
    this.stop();
  }
}
