import { digitsEnd, isBlank, numberIn, skipBlanks } from '../scan';

/** A time of day that was found in a line. Its numbers are not checked: it may be 25:61. */
export interface Clock {
  /** The hour, from 0. */
  readonly hour: number;
  /** The minute. */
  readonly minute: number;
  /** The second; 0 if the line has none. */
  readonly second: number;
  /** The millisecond; 0 if the line has none. */
  readonly millisecond: number;
  /** The smallest unit in the line. */
  readonly precision: 'minute' | 'second' | 'millisecond';
  /** Index in the line after the time. */
  readonly end: number;
}

const COLON = 0x3a;
const COMMA = 0x2c;
const POINT = 0x2e;

/** Reads `3:33`, `12:30:59` `12:30:59.64` or `12:30:59,64`; `undefined` for other text. */
export function readClock(line: string, at: number): Clock | undefined {
  const hourEnd = digitsEnd(line, at);
  if (hourEnd === at || hourEnd > at + 2 || line.charCodeAt(hourEnd) !== COLON) return undefined;
  const minuteEnd = digitsEnd(line, hourEnd + 1);
  if (minuteEnd !== hourEnd + 3) return undefined;
  const hour = numberIn(line, at, hourEnd);
  const minute = numberIn(line, hourEnd + 1, minuteEnd);
  const secondEnd = line.charCodeAt(minuteEnd) === COLON ? digitsEnd(line, minuteEnd + 1) : 0;
  if (secondEnd !== minuteEnd + 3) {
    return { hour, minute, second: 0, millisecond: 0, precision: 'minute', end: minuteEnd };
  }
  const second = numberIn(line, minuteEnd + 1, secondEnd);
  const mark = line.charCodeAt(secondEnd);
  const end = mark === POINT || mark === COMMA ? digitsEnd(line, secondEnd + 1) : 0;
  if (end <= secondEnd + 1) {
    return { hour, minute, second, millisecond: 0, precision: 'second', end: secondEnd };
  }
  const fraction = line.slice(secondEnd + 1, Math.min(end, secondEnd + 4)).padEnd(3, '0');
  return { hour, minute, second, millisecond: Number(fraction), precision: 'millisecond', end };
}

/** Reads a time that may be followed by AM or PM: `03:47PM`, `3:47 p.m.`, `03:34p`. */
export function readClock12(line: string, at: number): Clock | undefined {
  const clock = readClock(line, at);
  if (!clock) return undefined;
  const start = skipBlanks(line, clock.end);
  const half = line.charCodeAt(start) | 0x20;
  if (half !== 0x61 && half !== 0x70) return clock; // a, p
  let end = start + 1;
  if (line.charCodeAt(end) === POINT) end++;
  if ((line.charCodeAt(end) | 0x20) === 0x6d) end++; // m
  if (line.charCodeAt(end) === POINT) end++;
  if (!isBlank(line.charCodeAt(end)) || clock.hour < 1 || clock.hour > 12) return clock;
  return { ...clock, hour: (clock.hour % 12) + (half === 0x70 ? 12 : 0), end };
}
