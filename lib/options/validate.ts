import { argumentError } from '../errors';
import type { Path } from '../protocol/command';
import { isBytes } from '../util/bytes';

/** A value of the right type that cannot be meant. */
export function invalidValue(name: string, value: unknown, expected: string): TypeError {
  const message = `"${name}" must be ${expected}; received ${shown(value)}`;
  return argumentError(TypeError, 'ERR_INVALID_ARG_VALUE', message);
}

export function invalidType(name: string, value: unknown, expected: string): TypeError {
  const message = `"${name}" must be ${expected}; received ${typeof value}`;
  return argumentError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
}

export function checkString(name: string, value: unknown): string {
  if (typeof value !== 'string') throw invalidType(name, value, 'a string');
  return value;
}

/** @throws TypeError for no number; RangeError for one that is no safe integer of at least `least` */
export function checkInteger(name: string, value: unknown, least: number): number {
  if (typeof value !== 'number') throw invalidType(name, value, 'a number');
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw outOfRange(name, value, `an integer from ${least} to 2 ** 53 - 1`);
}

/** A path that must name something. */
export function checkPath(name: string, value: Path): Path {
  if (typeof value !== 'string' && !isBytes(value)) {
    throw invalidType(name, value, 'a string or a Uint8Array');
  }
  if (value.length === 0) throw invalidValue(name, value, 'not empty');
  return value;
}

/** @throws TypeError for options that are no object */
export function checkObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) throw invalidType(name, value, 'an object');
}

export function checkPort(name: string, value: unknown): number {
  if (typeof value !== 'number') throw invalidType(name, value, 'a number');
  if (Number.isInteger(value) && value >= 1 && value <= 65535) return value;
  const message = `"${name}" must be an integer from 1 to 65535; received ${value}`;
  throw argumentError(RangeError, 'ERR_SOCKET_BAD_PORT', message);
}

const LONGEST_TIMER = 2 ** 31 - 1; // what setTimeout can count

/** Milliseconds as the timers want them: 0 for a wait without end. */
export function checkTimeout(name: string, value: unknown): number {
  if (typeof value !== 'number') throw invalidType(name, value, 'a number');
  if (!(value > 0)) throw outOfRange(name, value, 'greater than 0 milliseconds');
  return value > LONGEST_TIMER ? 0 : value;
}

/** Milliseconds that a timer can count; 0 for never. */
export function checkInterval(name: string, value: unknown): number {
  const interval = checkInteger(name, value, 0);
  if (interval <= LONGEST_TIMER) return interval;
  throw outOfRange(name, value, `at most ${LONGEST_TIMER}`);
}

export function checkOneOf<T>(name: string, value: unknown, values: readonly T[]): T {
  if (values.includes(value as T)) return value as T;
  throw invalidValue(
    name,
    value,
    `one of ${values.filter((each) => each !== undefined).join(', ')}`,
  );
}

/**
 * Some of these values, each once and at least one; all of them in this order where there are none.
 * @throws TypeError for anything else
 */
export function checkList<T extends string>(
  name: string,
  value: unknown,
  values: readonly T[],
): readonly T[] {
  if (value === undefined) return values;
  if (!Array.isArray(value)) throw invalidType(name, value, 'an array');
  const given = Array.from<T>(value); // whose holes are undefined
  const isKnown = given.every((each) => values.includes(each));
  if (isKnown && given.length > 0 && new Set(given).size === given.length) return given;
  const expected = `an array with at least one of ${values.map(shown).join(', ')}, each once`;
  throw invalidValue(name, value, expected);
}

export function checkSignal(signal: unknown): void {
  if (signal === undefined || isAbortSignal(signal)) return;
  throw invalidType('signal', signal, 'an AbortSignal');
}

// One of another realm is no AbortSignal of ours.
function isAbortSignal(value: unknown): boolean {
  if (value instanceof AbortSignal) return true;
  const { aborted, addEventListener, removeEventListener } = Object(value) as AbortSignal;
  const canTell =
    typeof addEventListener === 'function' && typeof removeEventListener === 'function';
  return typeof aborted === 'boolean' && canTell;
}

export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidType(name, value, 'a boolean');
  return value;
}

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
