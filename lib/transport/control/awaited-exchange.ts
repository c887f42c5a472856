import type { Phase } from '../../errors';
import type { Command } from '../../protocol/command';
import type { Exchange } from '../../protocol/exchange';
import type { Reply } from '../../reply';
import type { StopSignal } from '../../util/abort-signal';
import { unlessAborted } from '../../util/abortable';

/** Options of one exchange: a command and its replies. */
export interface ExchangeOptions {
  /** Which reply ends the exchange. Default: `'completion'`. */
  readonly expects?: Exchange['expects'];
  /** The phase that errors report. Default: `'command'`. */
  readonly phase?: Phase;
  /** Abandons the exchange when it is aborted. */
  readonly signal?: StopSignal | undefined;
  /** Called with the final reply, synchronously when it arrives. */
  readonly accepted?: ((reply: Reply) => void) | undefined;
  /** Milliseconds that each reply may take; 0 means no limit. */
  readonly timeout: number;
  /** Advice for the user, added to the timeout's error message. */
  readonly advice?: string | undefined;
  /** Milliseconds for all replies together. Default: `TIMEOUTS_PER_EXCHANGE` times `timeout`. */
  readonly limit?: number | undefined;
  /** See `Exchange.isKeepAlive`. */
  readonly isKeepAlive?: true;
}

/**
 * Starts an exchange and resolves with its final reply.
 * @throws the error of the exchange, or the signal's reason when it is aborted
 */
export function awaitedExchange(
  command: Command | undefined,
  {
    expects = 'completion',
    phase = 'command',
    signal,
    timeout,
    limit,
    accepted,
    advice,
    isKeepAlive,
  }: ExchangeOptions,
  start: (exchange: Exchange) => void,
  abandon: (exchange: Exchange) => void,
): Promise<Reply> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  let exchange!: Exchange;
  const reply = new Promise<Reply>((succeeded, failed) => {
    const onSuccess = (reply: Reply) => {
      accepted?.(reply);
      succeeded(reply);
    };
    const limits = { timeout, limit, advice, ...(isKeepAlive && { isKeepAlive }) };
    exchange = { command, expects, phase, ...limits, succeeded: onSuccess, failed };
  });
  const result = unlessAborted(reply, signal, () => abandon(exchange));
  start(exchange);
  return result;
}
