import { isAnyArrayBuffer, isMap, isSet } from 'node:util/types';
import { argumentError } from '../errors';
import { nearestName } from './nearest-name';
import { CALL, CLIENT, CREDENTIALS, TIMEOUTS, TLS, TLS_CLIENT } from './option-names';

/** The names of options, as `option-names.ts` has them. */
type Known = Readonly<Record<string, true>>;

const BOTH: Known = { ...CLIENT, ...TLS_CLIENT };

/** What the options of a client may be mistaken for: an option of another place. */
const ELSEWHERE: readonly string[] = [
  ...Object.keys(CREDENTIALS),
  ...Object.keys(TIMEOUTS).map((name) => `timeouts.${name}`),
  ...Object.keys(TLS).map((name) => `tls.${name}`),
];

/**
 * Checks that options are an object, and have no names but those that are known: an option that is
 * misspelt would be ignored. One that is `undefined` is taken for absent; what is inherited is not
 * looked at.
 *
 * @param known - a table of `option-names.ts`; default: what every call takes
 * @param path - where the options are an option themselves: its name
 * @throws TypeError
 */
export function checkOptions(options: unknown, known: Known = CALL, path = ''): void {
  if (typeof options !== 'object' || options === null || hasNoNames(options)) {
    throw invalidOptions(options, path);
  }
  for (const [name, value] of Object.entries(options)) {
    const isKnown = value === undefined || Object.hasOwn(known, name);
    if (!isKnown) throw unknownOption(name, Object.keys(known), path);
  }
}

/** Checks that the options of a client are an object: a host or a URL may be given in its place. */
export function checkClientObject(options: unknown): asserts options is object {
  if (typeof options === 'string' || options instanceof URL) throw notInOne(options);
  if (typeof options !== 'object' || options === null || hasNoNames(options)) {
    throw invalidOptions(options, '', 'ERR_INVALID_ARG_VALUE');
  }
}

/** Checks the names, too. @throws TypeError */
export function checkClientOptions(options: unknown, known: Known = BOTH): void {
  checkClientObject(options);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || Object.hasOwn(known, name)) continue;
    if (!Object.hasOwn(CREDENTIALS, name)) {
      throw unknownOption(name, [...Object.keys(known), ...ELSEWHERE], '');
    }
    const message = `The option ${name} is not the constructor's: pass it to FTP.connect() or login()`;
    throw argumentError(TypeError, 'ERR_INVALID_ARG_VALUE', message);
  }
}

/** A copy with what is inherited, which a spread would leave out. */
export function copyOf<T extends object>(options: T): T {
  const copy = {} as T;
  for (const name in options) copy[name] = options[name];
  return copy;
}

/** Objects whose content is not in properties: as options they would be empty. */
function hasNoNames(options: object): boolean {
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

// A URL is not repeated: it may contain a password.
function notInOne(given: string | URL): TypeError {
  const isHost = typeof given === 'string' && /^[\w.-]+$/.test(given);
  const what = isHost ? 'a string' : 'a URL or another string';
  const message =
    `The options must be an object, and not ${what}: ` +
    `pass { host: '${isHost ? given : 'ftp.example.com'}' }, with port, user and password beside it`;
  return argumentError(TypeError, 'ERR_INVALID_ARG_VALUE', message);
}

function invalidOptions(options: unknown, path: string, code = 'ERR_INVALID_ARG_TYPE'): TypeError {
  const what = options === null ? 'null' : Array.isArray(options) ? 'an array' : typeof options;
  const message = `"${path || 'options'}" must be an object with the names of options; received ${what}`;
  return argumentError(TypeError, code, message);
}

function unknownOption(name: string, known: readonly string[], path: string): TypeError {
  const inside = path && `${path}.`;
  const nearest = nearestName(name, known);
  const own = known.filter((each) => !each.includes('.'));
  const advice =
    nearest === undefined ? `known are ${own.join(', ')}` : `did you mean ${inside}${nearest}?`;
  const message = `Unknown option ${inside}${name}: ${advice}`;
  return argumentError(TypeError, 'ERR_INVALID_ARG_VALUE', message);
}
