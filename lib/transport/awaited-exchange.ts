import type { Phase } from '../errors';
import type { Command } from '../protocol/command';
import type { Exchange } from '../protocol/exchange';
import type { Reply } from '../protocol/reply';

export interface ExchangeOptions {
  readonly expects?: Exchange['expects'];
  readonly phase?: Phase;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that each reply may take; 0 is for ever. */
  readonly timeout: number;
}

/** Starts an exchange whose owner wants only its end; an aborted signal abandons it. */
export function awaitedExchange(
  command: Command | undefined,
  { expects = 'completion', phase = 'command', signal, timeout }: ExchangeOptions,
  start: (exchange: Exchange) => void,
  abandon: (exchange: Exchange) => void,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const aborted = () => {
      abandon(exchange);
      reject(signal?.reason);
    };
    const done = () => signal?.removeEventListener('abort', aborted);
    const exchange: Exchange = {
      command,
      expects,
      phase,
      timeout,
      succeeded(reply) {
        done();
        resolve(reply);
      },
      failed(reason) {
        done();
        reject(reason);
      },
    };
    signal?.addEventListener('abort', aborted);
    start(exchange);
  });
}
