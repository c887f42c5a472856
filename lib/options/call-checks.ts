import { isBytes } from '../util/bytes';
import { checkOptions } from './check-names';
import type { Credentials } from './client-options';
import { checkSignal, checkTimeout, invalidType } from './validate';

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

/** Checks that each credential is text or bytes. The message never contains its value. */
export function checkCredentials(credentials: Credentials): void {
  for (const [name, value] of Object.entries(credentials)) {
    if (value === undefined || typeof value === 'string' || isBytes(value)) continue;
    throw invalidType(name, value, 'a string');
  }
}
