import { argumentError } from '../errors';
import type { Path } from '../protocol/command';
import { isBytes } from '../util/bytes';

/** The error for a value of the right type that is not allowed. */
export function invalidValue(name: string, value: unknown, expected: string): TypeError {
  const message = `"${name}" must be ${expected}; received ${shown(value)}`;
  return argumentError(TypeError, 'ERR_INVALID_ARG_VALUE', message);
}

/** The error for a value of the wrong type. */
export function invalidType(name: string, value: unknown, expected: string): TypeError {
  const message = `"${name}" must be ${expected}; received ${typeof value}`;
  return argumentError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
}

/** @throws TypeError if the value is not a string */
export function checkString(name: string, value: unknown): string {
  if (typeof value !== 'string') throw invalidType(name, value, 'a string');
  return value;
}

/**
 * @throws TypeError if the value is not a number
 * @throws RangeError if it is not a safe integer of at least `least`
 */
export function checkInteger(name: string, value: unknown, least: number): number {
  if (typeof value !== 'number') throw invalidType(name, value, 'a number');
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw outOfRange(name, value, `an integer from ${least} to 2 ** 53 - 1`);
}

/** Checks a path that must not be empty. @throws TypeError */
export function checkPath(name: string, value: Path): Path {
  if (typeof value !== 'string' && !isBytes(value)) {
    throw invalidType(name, value, 'a string or a Uint8Array');
  }
  if (value.length === 0) throw invalidValue(name, value, 'not empty');
  return value;
}

/** @throws TypeError if the value is not an object */
export function checkObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) throw invalidType(name, value, 'an object');
}

/** @throws TypeError or RangeError if the value is not a port from 1 to 65535 */
export function checkPort(name: string, value: unknown): number {
  if (typeof value !== 'number') throw invalidType(name, value, 'a number');
  if (Number.isInteger(value) && value >= 1 && value <= 65535) return value;
  const message = `"${name}" must be an integer from 1 to 65535; received ${value}`;
  throw argumentError(RangeError, 'ERR_SOCKET_BAD_PORT', message);
}

const LONGEST_TIMER = 2 ** 31 - 1; // milliseconds; the maximum of setTimeout

/**
 * Checks a timeout in milliseconds. Returns 0, which means no limit, if a timer cannot represent
 * it.
 * @throws TypeError or RangeError if the value is not a number greater than 0
 */
export function checkTimeout(name: string, value: unknown): number {
  if (typeof value !== 'number') throw invalidType(name, value, 'a number');
  if (!(value > 0)) throw outOfRange(name, value, 'greater than 0 milliseconds');
  return value > LONGEST_TIMER ? 0 : value;
}

/**
 * Checks an interval in milliseconds; 0 means never.
 * @throws TypeError or RangeError if the value is not an integer that a timer can represent
 */
export function checkInterval(name: string, value: unknown): number {
  const interval = checkInteger(name, value, 0);
  if (interval <= LONGEST_TIMER) return interval;
  throw outOfRange(name, value, `at most ${LONGEST_TIMER}`);
}

/** @throws TypeError if the value is not one of `values` */
export function checkOneOf<T>(name: string, value: unknown, values: readonly T[]): T {
  if (values.includes(value as T)) return value as T;
  throw invalidValue(
    name,
    value,
    `one of ${values.filter((each) => each !== undefined).join(', ')}`,
  );
}

/**
 * Checks a list of at least one of `values`, each at most once. Returns all of `values` if the list
 * is `undefined`.
 *
 * @throws TypeError if the list is anything else
 */
export function checkList<T extends string>(
  name: string,
  value: unknown,
  values: readonly T[],
): readonly T[] {
  if (value === undefined) return values;
  if (!Array.isArray(value)) throw invalidType(name, value, 'an array');
  const list = Array.from<T>(value); // turns holes into undefined
  const isKnown = list.every((each) => values.includes(each));
  if (isKnown && list.length > 0 && new Set(list).size === list.length) return list;
  const expected = `an array with at least one of ${values.map(shown).join(', ')}, each once`;
  throw invalidValue(name, value, expected);
}

/** @throws TypeError if the value is neither an AbortSignal nor `undefined` */
export function checkSignal(signal: unknown): void {
  if (signal === undefined || isAbortSignal(signal)) return;
  throw invalidType('signal', signal, 'an AbortSignal');
}

// An AbortSignal of another realm is not an instance of this realm's class.
function isAbortSignal(value: unknown): boolean {
  if (value instanceof AbortSignal) return true;
  const { aborted, addEventListener, removeEventListener } = Object(value) as AbortSignal;
  const isEventTarget =
    typeof addEventListener === 'function' && typeof removeEventListener === 'function';
  return typeof aborted === 'boolean' && isEventTarget;
}

/** @throws TypeError if the value is not a boolean */
export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidType(name, value, 'a boolean');
  return value;
}

/** @throws TypeError if the value is not a function */
export function checkFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidType(name, value, 'a function');
}

function outOfRange(name: string, value: unknown, expected: string): RangeError {
  const message = `"${name}" must be ${expected}; received ${shown(value)}`;
  return argumentError(RangeError, 'ERR_OUT_OF_RANGE', message);
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${Array.from(value, String).join(', ')}]`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
