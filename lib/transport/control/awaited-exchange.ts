import type { Phase } from '../../errors';
import type { Command } from '../../protocol/command';
import type { Exchange } from '../../protocol/exchange';
import type { Reply } from '../../reply';
import type { StopSignal } from '../../util/abort-signal';
import { unlessAborted } from '../../util/abortable';

export interface ExchangeOptions {
  readonly expects?: Exchange['expects'];
  readonly phase?: Phase;
  readonly signal?: StopSignal | undefined;
  /** Called with the reply in the very tick in which it comes. */
  readonly accepted?: ((reply: Reply) => void) | undefined;
  /** Milliseconds that each reply may take; 0 is for ever. */
  readonly timeout: number;
  /** What the user can do if no reply comes. */
  readonly advice?: string | undefined;
  /** Milliseconds for all replies together; without it, a multiple of `timeout`. */
  readonly limit?: number | undefined;
  /** See `Exchange.isKeepAlive`. */
  readonly isKeepAlive?: true;
}

/** Starts an exchange whose owner wants only its end; an aborted signal abandons it. */
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
    const told = (reply: Reply) => {
      accepted?.(reply);
      succeeded(reply);
    };
    const limits = { timeout, limit, advice, ...(isKeepAlive && { isKeepAlive }) };
    exchange = { command, expects, phase, ...limits, succeeded: told, failed };
  });
  const result = unlessAborted(reply, signal, () => abandon(exchange));
  start(exchange);
  return result;
}
