import { checkOptions } from './check-names';
import { checkSignal, checkTimeout } from './validate';

/**
 * Checks the options of a call: their names, `timeout` and `signal`.
 *
 * @param known - the option names of this call; default: those of `CallOptions`
 * @throws TypeError or RangeError if an option is invalid
 */
export function checkCall(
  options: { timeout?: unknown; signal?: unknown },
  known?: Readonly<Record<string, true>>,
): void {
  checkOptions(options, known);
  if (options.timeout !== undefined) checkTimeout('timeout', options.timeout);
  checkSignal(options.signal);
}
