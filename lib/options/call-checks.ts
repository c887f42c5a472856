import { checkOptions } from './check-names';
import { checkSignal, checkTimeout } from './validate';

/**
 * @param known - the table of the names that the call takes; default: what every call takes
 * @throws TypeError or RangeError for the options of a call that cannot be meant
 */
export function checkCall(
  options: { timeout?: unknown; signal?: unknown },
  known?: Readonly<Record<string, true>>,
): void {
  checkOptions(options, known);
  if (options.timeout !== undefined) checkTimeout('timeout', options.timeout);
  checkSignal(options.signal);
}
