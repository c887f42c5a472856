import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { textContext } from '../../lib/listing/context';
import type { DateOrder } from '../../lib/listing/dates/ls-date';
import { ServerZone } from '../../lib/listing/dates/server-zone';
import { holds } from '../protocol/helpers';
import { readLines } from './helpers';

const utc = (text: string) => Date.parse(`${text.replace(' ', 'T')}Z`);

interface Options {
  readonly now?: string;
  readonly zone?: string | number;
  readonly dateOrder?: DateOrder;
}

function entryOf(line: string, { now = '2024-06-15 12:00', zone, dateOrder }: Options = {}) {
  const context = textContext({
    now: utc(now),
    zone: zone === undefined ? undefined : new ServerZone(zone),
    dateOrder,
  });
  return readLines([line], context).entries[0];
}

const unix = (date: string) => `-rw-r--r-- 1 root root 531 ${date} x`;
const shown = (date: Date | undefined) => date?.toISOString().slice(0, 16).replace('T', ' ');

describe('a date without a year', () => {
  // biome-ignore format: a table
  it.each<[now: string, date: string, modified: string | undefined]>([
    ['2024-06-15 12:00', 'Jun 15 11:59', '2024-06-15 11:59'],
    ['2024-06-15 12:00', 'Jan  1 00:00', '2024-01-01 00:00'],
    ['2024-06-15 12:00', 'Dec 31 23:59', '2023-12-31 23:59'],
    ['2024-06-15 12:00', 'Dec 16 12:00', '2023-12-16 12:00'], // six months ago
    ['2024-06-15 12:00', 'Jun 17 12:00', '2023-06-17 12:00'], // recent for some servers
    ['2024-06-15 12:00', 'Jun 16 12:00', '2024-06-16 12:00'], // the server's clock is ahead
    ['2024-06-15 12:00', 'Jun 16 12:01', '2023-06-16 12:01'],
    ['2024-01-01 00:30', 'Dec 31 23:59', '2023-12-31 23:59'],
    ['2023-12-31 23:30', 'Jan  1 00:10', '2024-01-01 00:10'], // already past midnight there
    ['2023-12-31 23:30', 'Jan  2 00:10', '2023-01-02 00:10'],
    ['2024-02-28 23:30', 'Feb 29 12:30', '2024-02-29 12:30'],
    ['2024-03-01 00:00', 'Feb 29 12:30', '2024-02-29 12:30'],
    ['2025-01-10 00:00', 'Feb 29 12:30', '2024-02-29 12:30'],
    ['2023-12-31 00:00', 'Feb 29 12:30', '2020-02-29 12:30'],
    ['2027-03-01 00:00', 'Feb 29 12:30', '2024-02-29 12:30'],
    ['2103-03-01 00:00', 'Feb 29 12:30', '2096-02-29 12:30'], // 2100 is not a leap year
    ['2024-06-15 12:00', 'Feb 30 12:30', undefined],
    ['2024-06-15 12:00', 'Jun 14 24:00', '2024-06-15 00:00'],
  ])('is completed: at %s, %s is %s', (now, date, modified) => {
    expect(shown(entryOf(unix(date), { now })?.modified)).toBe(modified);
  });

  it('is never more than a day ahead, and is exact within the last 363 days', () => {
    const day = 86_400_000;
    const moment = fc.date({
      min: new Date('1990-01-01'),
      max: new Date('2100-01-01'),
      noInvalidDate: true,
    });
    holds(
      fc.property(moment, fc.integer({ min: 0, max: 363 * 24 * 60 }), (now, minutes) => {
        const time = new Date(Math.floor(now.getTime() / 60_000) * 60_000 - minutes * 60_000);
        const month = time.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' });
        const clock = time.toISOString().slice(11, 16);
        const line = unix(`${month} ${String(time.getUTCDate()).padStart(2)} ${clock}`);
        const context = textContext({ now: now.getTime() });
        const { modified } = readLines([line], context).entries[0] ?? {};
        const ahead = (modified?.getTime() ?? Number.NaN) - now.getTime();
        expect(ahead).toBeLessThanOrEqual(day);
        // Within the last 363 days, only one year is possible.
        expect(modified?.toISOString()).toBe(time.toISOString());
      }),
    );
  });
});

describe('the option serverTimeZone', () => {
  // biome-ignore format: a table
  it.each<[zone: string | number, date: string, modified: string]>([
    ['Europe/Berlin', 'Jan 15  2024',     '2024-01-14 23:00'],
    ['Europe/Berlin', 'Jan 15 12:00',     '2024-01-15 11:00'],
    ['Europe/Berlin', 'May 15 12:00',     '2024-05-15 10:00'],
    ['Europe/Berlin', '2024-03-31 01:59', '2024-03-31 00:59'],
    ['Europe/Berlin', '2024-03-31 02:30', '2024-03-31 01:30'], // skipped by clocks
    ['Europe/Berlin', '2024-03-31 03:00', '2024-03-31 01:00'],
    ['Europe/Berlin', '2023-10-29 02:30', '2023-10-29 00:30'], // repeated: the first
    ['Europe/Berlin', '2023-10-29 03:00', '2023-10-29 02:00'],
    ['America/New_York', 'May 15 12:00',  '2024-05-15 16:00'],
    ['Asia/Kolkata',  'May 15 12:00',     '2024-05-15 06:30'],
    ['Asia/Kathmandu', 'May 15 12:00',    '2024-05-15 06:15'],
    ['UTC',           'May 15 12:00',     '2024-05-15 12:00'],
    [120,             'May 15 12:00',     '2024-05-15 10:00'],
    [-210,            'May 15 12:00',     '2024-05-15 15:30'],
    [0,               'May 15 12:00',     '2024-05-15 12:00'],
  ])('applies to dates: in %j, %s is %s', (zone, date, modified) => {
    const entry = entryOf(unix(date), { zone });
    expect(shown(entry?.modified)).toBe(modified);
    expect(entry?.modifiedZone).toBe('utc');
  });

  it('does not apply if the line contains the zone', () => {
    for (const line of [
      'type=file;modify=20240515120000; x',
      '+m1715774400,r,\tx',
      unix('2024-05-15 14:00:00.000000000 +0200'),
    ]) {
      expect(shown(entryOf(line, { zone: 'Asia/Tokyo' })?.modified)).toBe('2024-05-15 12:00');
    }
  });

  it.each(['Nowhere/Here', '', 'x'.repeat(1000)])('rejects %j', (zone) => {
    expect(() => new ServerZone(zone)).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' }),
    );
  });

  it.each([1441, -1441, Number.NaN, Number.POSITIVE_INFINITY])('rejects %p minutes', (zone) => {
    expect(() => new ServerZone(zone)).toThrow(
      expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' }),
    );
  });

  it('agrees with Intl.DateTimeFormat at any time', () => {
    const zone = new ServerZone('America/St_Johns');
    const format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'America/St_Johns',
      ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
      ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
    });
    holds(
      fc.property(
        fc.date({ min: new Date('1995-01-01'), max: new Date('2035-01-01'), noInvalidDate: true }),
        (date) => {
          const time = Math.floor(date.getTime() / 1000) * 1000;
          const local = utc(format.format(time));
          const read = zone.toUTC(local);
          // Both passes of a repeated hour look the same. The first one is used.
          expect(format.format(read)).toBe(format.format(time));
          expect(read).toBeLessThanOrEqual(time);
        },
      ),
    );
  });
});

describe('the option dateOrder', () => {
  const as400 = (date: string) => `PEP 422 ${date} 14:06:26 *STMF readme`;
  // biome-ignore format: a table
  it.each<[order: DateOrder | undefined, line: string, modified: string | undefined]>([
    [undefined, as400('04/03/02'), undefined],
    ['ymd',     as400('04/03/02'), '2004-03-02 14:06'],
    ['mdy',     as400('04/03/02'), '2002-04-03 14:06'],
    ['dmy',     as400('04/03/02'), '2002-03-04 14:06'],
    [undefined, as400('04/04/04'), '2004-04-04 14:06'], // the same in every order
    [undefined, unix('03-04-2002 14:06'), undefined],
    ['dmy',     unix('03-04-2002 14:06'), '2002-04-03 14:06'],
    ['mdy',     unix('03-04-2002 14:06'), '2002-03-04 14:06'],
    [undefined, '03-04-02  02:06PM                  681 x', '2002-03-04 14:06'], // IIS
    ['dmy',     '03-04-02  02:06PM                  681 x', '2002-04-03 14:06'],
    ['ymd',     '03-04-02  02:06PM                  681 x', '2003-04-02 14:06'],
    ['dmy',     '12-30-97  02:06PM                  681 x', '1997-12-30 14:06'], // impossible
  ])('decides the order of numbers: with %s, %s is %s', (dateOrder, line, modified) => {
    expect(shown(entryOf(line, dateOrder ? { dateOrder } : {})?.modified)).toBe(modified);
  });
});
