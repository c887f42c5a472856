import { argumentError } from '../../errors';

const MINUTE = 60_000;
const DAY = 86_400_000;
const OFFSET_STEP = 15 * MINUTE; // offsets change only at quarters of an hour
const MAX_CACHED = 4096;

/** Converts local times of a server to UTC. */
export class ServerZone {
  readonly #offsetAt: (time: number) => number;

  /**
   * @param zone - the IANA name of a time zone, or the offset of the server from UTC in minutes
   * @throws RangeError `ERR_OUT_OF_RANGE` for an offset of more than a day
   * @throws TypeError `ERR_INVALID_ARG_VALUE` for an unknown name
   */
  constructor(zone: string | number) {
    this.#offsetAt = typeof zone === 'number' ? fixedOffset(zone) : namedOffset(zone);
  }

  /**
   * Converts a local time to UTC, both in milliseconds. In a repeated hour, it chooses the first
   * occurrence. In a skipped hour, it uses the offset from before the change.
   */
  toUTC(local: number): number {
    const before = this.#offsetAt(local - DAY);
    const after = this.#offsetAt(local + DAY);
    if (before === after) return local - before;
    if (this.#offsetAt(local - before) === before) return local - before;
    return this.#offsetAt(local - after) === after ? local - after : local - before;
  }
}

function fixedOffset(minutes: number): () => number {
  if (!(Math.abs(minutes) <= 24 * 60)) {
    const message = `"serverTimeZone" must be at most a day from UTC; received ${minutes} minutes`;
    throw argumentError(RangeError, 'ERR_OUT_OF_RANGE', message);
  }
  return () => minutes * MINUTE;
}

function namedOffset(timeZone: string): (time: number) => number {
  const format = formatIn(timeZone);
  const cached = new Map<number, number>();
  return (time) => {
    const step = Math.floor(time / OFFSET_STEP);
    const known = cached.get(step);
    if (known !== undefined) return known;
    const parts = new Map(
      format.formatToParts(step * OFFSET_STEP).map((p) => [p.type, Number(p.value)]),
    );
    const field = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) as number;
    const date = new Date(0);
    date.setUTCFullYear(field('year'), field('month') - 1, field('day'));
    date.setUTCHours(field('hour'), field('minute'), field('second'));
    const offset = date.getTime() - step * OFFSET_STEP;
    if (cached.size >= MAX_CACHED) cached.clear();
    cached.set(step, offset);
    return offset;
  };
}

function formatIn(timeZone: string): Intl.DateTimeFormat {
  const numeric = 'numeric' as const;
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      ...{ year: numeric, month: numeric, day: numeric },
      ...{ hour: numeric, minute: numeric, second: numeric },
    });
  } catch {
    const message = `"serverTimeZone" must be a name like "Europe/Berlin", or minutes; received ${JSON.stringify(timeZone)}`;
    throw argumentError(TypeError, 'ERR_INVALID_ARG_VALUE', message);
  }
}
