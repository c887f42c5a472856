import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { formatTimeVal, parseTimeVal } from '../../lib/protocol/time-val';
import { holds } from './helpers';

describe('parseTimeVal', () => {
  // biome-ignore format: a table
  it.each<[string, string]>([
    ['19980615100045',        '1998-06-15T10:00:45.000Z'], // RFC 3659 §2.3
    ['19980615100045.014',    '1998-06-15T10:00:45.014Z'],
    ['20240229235959',        '2024-02-29T23:59:59.000Z'], // a leap day
    ['20000229000000',        '2000-02-29T00:00:00.000Z'],
    ['19700101000000',        '1970-01-01T00:00:00.000Z'],
    ['19691231235959',        '1969-12-31T23:59:59.000Z'],
    ['99991231235959',        '9999-12-31T23:59:59.000Z'],
    ['20240101000000.5',      '2024-01-01T00:00:00.500Z'],
    ['20240101000000.123456', '2024-01-01T00:00:00.123Z'],
    ['20240101000000.0009',   '2024-01-01T00:00:00.000Z'],
    ['20161231235960',        '2016-12-31T23:59:59.000Z'], // a leap second
    ['20240101000000.',       '2024-01-01T00:00:00.000Z'],
    ['20240101000000 a.txt',  '2024-01-01T00:00:00.000Z'],
    ['191020115103000',       '2002-01-15T10:30:00.000Z'], // year-2000 bug: 19 and the years since 1900
    ['191000229000000',       '2000-02-29T00:00:00.000Z'],
    ['191241231235959.25',    '2024-12-31T23:59:59.250Z'],
    ['00990615000000',        '0099-06-15T00:00:00.000Z'],
    ['00000101000000',        '0000-01-01T00:00:00.000Z'],
  ])('parses %j', (text, expected) => {
    expect(parseTimeVal(text)?.toISOString()).toBe(expected);
  });

  it.each([
    '',
    'x',
    '2024',
    '2024010100000',
    ' 20240101000000',
    '-20240101000000',
    '20240001000000',
    '20241301000000',
    '20240100000000',
    '20240132000000',
    '20240230000000',
    '20230229000000',
    '21000229000000',
    '20240431000000',
    '20240101240000',
    '20240101006000',
    '20240101000061',
    '2024-01-01T00:00:00',
    '٢٠٢٤٠١٠١٠٠٠٠٠٠',
    'NaN',
    '191021315103000', // month 13 once the year is corrected
  ])('returns undefined for %j', (text) => {
    expect(parseTimeVal(text)).toBeUndefined();
  });

  it('never returns an invalid date', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789.x'), maxLength: 20 });
    holds(
      fc.property(digits, (text) => {
        const date = parseTimeVal(text);
        expect(date === undefined || Number.isFinite(date.getTime())).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('formatTimeVal', () => {
  it.each<[string, string]>([
    ['1998-06-15T10:00:45.000Z', '19980615100045'],
    ['1998-06-15T10:00:45.014Z', '19980615100045.014'],
    ['1998-06-15T10:00:45.500Z', '19980615100045.500'],
  ])('formats %s as %s', (iso, text) => {
    expect(formatTimeVal(new Date(iso))).toBe(text);
  });

  it('writes what parseTimeVal parses', () => {
    const min = new Date('1000-01-01T00:00:00Z');
    const max = new Date('9999-12-31T23:59:59.999Z');
    holds(
      fc.property(fc.date({ min, max, noInvalidDate: true }), (date) => {
        expect(parseTimeVal(formatTimeVal(date))).toEqual(date);
      }),
    );
  });
});
