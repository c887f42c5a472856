import { isAnyArrayBuffer, isMap, isSet } from 'node:util/types';
import { argumentError } from '../errors';
import { nearestName } from './nearest-name';
import { CALL, CLIENT, CREDENTIALS, TIMEOUTS, TLS, TLS_CLIENT } from './option-names';

/** A table of option names from `option-names.ts`. */
type Known = Readonly<Record<string, true>>;

const ALL_CLIENTS: Known = { ...CLIENT, ...TLS_CLIENT };

/** Options of other objects that users may pass to a client by mistake; only used in advice. */
const MISPLACED: readonly string[] = [
  ...Object.keys(CREDENTIALS),
  ...Object.keys(TIMEOUTS).map((name) => `timeouts.${name}`),
  ...Object.keys(TLS).map((name) => `tls.${name}`),
];

/**
 * Checks that the options are an object with known names only. Otherwise a misspelled option would
 * be ignored silently. An option that is `undefined` counts as absent. Inherited properties are not
 * checked.
 *
 * @param known - a table from `option-names.ts`; default: the options of every call
 * @param path - the name of the option that contains these options, if any
 * @throws TypeError if the options are not an object, or a name is unknown
 */
export function checkOptions(options: unknown, known: Known = CALL, path = ''): void {
  if (typeof options !== 'object' || options === null || hasNoOptions(options)) {
    throw invalidOptions(options, path);
  }
  for (const [name, value] of Object.entries(options)) {
    const isKnown = value === undefined || Object.hasOwn(known, name);
    if (!isKnown) throw unknownOption(name, Object.keys(known), path);
  }
}

/**
 * Checks that the options of a client are an object.
 * @throws TypeError if not; for a host or a URL, the message says what to pass instead
 */
export function checkClientObject(options: unknown): asserts options is object {
  if (typeof options === 'string' || options instanceof URL) throw stringOrURLError(options);
  if (typeof options !== 'object' || options === null || hasNoOptions(options)) {
    throw invalidOptions(options, '', 'ERR_INVALID_ARG_VALUE');
  }
}

/** Checks the names of a client's options. @throws TypeError if a name is unknown */
export function checkClientOptions(options: unknown, known: Known = ALL_CLIENTS): void {
  checkClientObject(options);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || Object.hasOwn(known, name)) continue;
    if (!Object.hasOwn(CREDENTIALS, name)) {
      throw unknownOption(name, [...Object.keys(known), ...MISPLACED], '');
    }
    const advice = 'is not for the constructor: pass it to FTP.connect() or login()';
    const message = `The option ${name} ${advice}`;
    throw argumentError(TypeError, 'ERR_INVALID_ARG_VALUE', message);
  }
}

/** Copies an object with its inherited properties, which a spread would omit. */
export function copyOf<T extends object>(options: T): T {
  const copy = {} as T;
  for (const name in options) copy[name] = options[name];
  return copy;
}

/** Whether an object keeps its content elsewhere than in properties: it would be empty options. */
function hasNoOptions(options: object): boolean {
  return (
    Array.isArray(options) ||
    ArrayBuffer.isView(options) ||
    isAnyArrayBuffer(options) ||
    isMap(options) ||
    isSet(options) ||
    options instanceof URL ||
    options instanceof AbortSignal
  );
}

// The message does not contain the URL, which may contain a password.
function stringOrURLError(given: string | URL): TypeError {
  const isHost = typeof given === 'string' && /^[\w.-]+$/.test(given);
  const what = isHost ? 'a string' : 'a URL or another string';
  const message =
    `The options must be an object, not ${what}: ` +
    `pass { host: '${isHost ? given : 'ftp.example.com'}' }, and likewise port, user and password`;
  return argumentError(TypeError, 'ERR_INVALID_ARG_VALUE', message);
}

function invalidOptions(options: unknown, path: string, code = 'ERR_INVALID_ARG_TYPE'): TypeError {
  const what = options === null ? 'null' : Array.isArray(options) ? 'an array' : typeof options;
  const message = `"${path || 'options'}" must be an object of options; received ${what}`;
  return argumentError(TypeError, code, message);
}

function unknownOption(name: string, known: readonly string[], path: string): TypeError {
  const inside = path && `${path}.`;
  const nearest = nearestName(name, known);
  const topLevel = known.filter((each) => !each.includes('.'));
  const advice =
    nearest === undefined
      ? `the known options are ${topLevel.join(', ')}`
      : `did you mean ${inside}${nearest}?`;
  const message = `Unknown option ${inside}${name}: ${advice}`;
  return argumentError(TypeError, 'ERR_INVALID_ARG_VALUE', message);
}
