import { isRegExp } from 'node:util/types';
import { nearestWord } from '../util/nearest-word';
import type { Fault } from './faults';

/** Checks a value. @returns what is expected, if the value is invalid */
type Check = (value: unknown) => string | undefined;

const SELECTORS = ['1xx', '2xx', '3xx', '4xx', '5xx'];
const isInteger = (value: unknown, least: number) =>
  Number.isInteger(value) && Number(value) >= least;

const count: Check = (value) => (isInteger(value, 1) ? undefined : 'an integer of at least 1');
const amount: Check = (value) =>
  isInteger(value, 0) || value === Number.POSITIVE_INFINITY
    ? undefined
    : 'an integer of at least 0, or Infinity';
const milliseconds: Check = (value) =>
  typeof value === 'number' && value >= 0 && value < 2 ** 31
    ? undefined
    : 'a number of milliseconds';
const rate: Check = (value) =>
  typeof value === 'number' && value > 0 ? undefined : 'a number of bytes per second, above 0';
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'true');
const text: Check = (value) => (typeof value === 'string' ? undefined : 'a string');
const texts: Check = (value) =>
  [value].flat().every((each) => typeof each === 'string') ? undefined : 'a string, or several';
const replacer: Check = (value) => (typeof value === 'function' ? undefined : 'a function');
const ends: Check = (value) =>
  value === 'bytes' || [value].flat().every((each) => isInteger(each, 0))
    ? undefined
    : "an offset, several offsets, or 'bytes'";
const selector: Check = (value) =>
  SELECTORS.includes(value as string) || (isInteger(value, 100) && Number(value) < 1000)
    ? undefined
    : `a reply code, or one of ${SELECTORS.join(', ')}`;
const trigger: Check = (value) => {
  if (isRegExp(value) || value === 'connect') return undefined;
  const isVerb = typeof value === 'string' && /^[a-z]+$/i.test(value);
  if (isVerb && value.toLowerCase() !== 'connect') return undefined;
  return "'connect', a verb alone, or an expression for the whole line";
};

/** Accepts one of these words. The message suggests the most similar one. */
function oneOf(...words: string[]): Check {
  return (value) => {
    if (words.includes(value as string)) return undefined;
    const nearest = typeof value === 'string' ? nearestWord(value, words) : undefined;
    return `one of ${words.join(', ')}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
  };
}

const TRIGGER = { on: trigger, nth: count, times: count };

const REPLY: Checks = {
  ...TRIGGER,
  code: selector,
  drop: flag,
  reply: texts,
  replace: replacer,
  repeat: amount,
  delay: milliseconds,
  merge: flag,
  split: ends,
};

const CONTROL: Checks = {
  ...TRIGGER,
  control: oneOf('end', 'reset', 'destroy'),
  at: oneOf('command', 'before-reply', 'after-reply', 'mid-data'),
  code: selector,
  after: amount,
};

const TLS: Checks = {
  ...TRIGGER,
  tls: oneOf(
    'foreign-certificate',
    'plaintext',
    'stall-handshake',
    'refuse-session',
    'close-in-handshake',
    'reset-in-handshake',
    'plaintext-control',
  ),
  reply: text,
};

const DATA: Checks = { ...TRIGGER, data: () => undefined };

/** The fields of `data`, by action. */
const BREAKS: Readonly<Record<string, Checks>> = {
  end: { after: amount },
  'no-close-notify': { after: amount },
  'cut-record': { after: amount },
  reset: { after: amount },
  stall: { after: amount },
  slow: { after: amount, rate },
  refuse: {},
};

const KINDS = { data: DATA, control: CONTROL, tls: TLS };

type Checks = Readonly<Record<string, Check>>;

/** The fields of a fault. */
interface Given {
  readonly [name: string]: unknown;
  readonly on?: unknown;
  readonly data?: unknown;
  readonly action?: unknown;
  readonly rate?: unknown;
}

/**
 * Checks a fault. A misspelled one would never occur, and the test would pass for the wrong reason.
 *
 * @returns a copy without `undefined` fields
 * @throws TypeError if a field, a value or a combination is invalid
 */
export function checkedFault(fault: Fault): Fault {
  if (typeof fault !== 'object' || fault === null) {
    throw new TypeError(`A fault must be an object; received ${shown(fault)}`);
  }
  const given = definedOf(fault);
  const kinds = Object.keys(KINDS).filter((kind) => kind in given) as (keyof typeof KINDS)[];
  const [kind, second] = kinds;
  if (second !== undefined) {
    throw new TypeError(`A fault has ${kind} or ${second}, not both: make two faults of it`);
  }
  const known = kind === undefined ? REPLY : KINDS[kind];
  checkFields(given, known, 'a fault', kind === undefined ? Object.keys(KINDS) : []);
  if (given.on === undefined) throw new TypeError('A fault needs the field on: when it strikes');
  return kind === 'data'
    ? ({ ...given, data: checkedBreak(given.data) } as Fault)
    : (given as unknown as Fault);
}

function checkedBreak(value: unknown): Given {
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`The field data of a fault must be an object; received ${shown(value)}`);
  }
  const given = definedOf(value);
  const action = oneOf(...Object.keys(BREAKS));
  check('action of data', given.action, action);
  const known = { action, ...BREAKS[given.action as string] };
  checkFields(given, known, `data with the action ${given.action}`, []);
  if (given.action === 'slow') check('rate of data', given.rate, rate);
  return given;
}

function checkFields(given: Given, known: Checks, what: string, others: readonly string[]): void {
  for (const [name, value] of Object.entries(given)) {
    const each = Object.hasOwn(known, name) ? known[name] : undefined;
    if (each === undefined) throw unknownField(name, [...Object.keys(known), ...others], what);
    check(name, value, each);
  }
}

function check(name: string, value: unknown, each: Check): void {
  const expected = each(value);
  if (expected === undefined) return;
  throw new TypeError(`The field ${name} of a fault must be ${expected}; received ${shown(value)}`);
}

function unknownField(name: string, known: readonly string[], what: string): TypeError {
  // The most common mistake: a field of data is given next to it.
  const isInside = ['action', 'rate'].includes(name);
  const nearest = isInside ? `data: { ${name} }` : nearestWord(name, known);
  const advice =
    nearest === undefined ? `known are ${known.join(', ')}` : `did you mean ${nearest}?`;
  return new TypeError(`Unknown field ${name} of ${what}: ${advice}`);
}

function definedOf(given: object): Given {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
