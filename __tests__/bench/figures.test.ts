import { describe, expect, it } from '@jest/globals';
import { median, medianRatio } from '../../bench/statistics';
import { costTable, tripTable } from '../../bench/table';

describe('median', () => {
  it.each([
    [[3], 3],
    [[10, 9, 2], 9],
    [[4, 1, 3, 2], 2.5],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('is undefined without values', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('medianRatio', () => {
  it('compares within each round', () => {
    // The ratio of the medians would be 3.
    expect(medianRatio([1, 6, 30], [2, 2, 10])).toBe(3);
    expect(medianRatio([1, 30, 6], [2, 2, 10])).toBe(0.6);
  });

  it('rejects different numbers of rounds', () => {
    expect(() => medianRatio([1], [1, 2])).toThrow(RangeError);
  });
});

describe('a table', () => {
  const sample = (wall: number, cpu: number, mebibytes: number) => ({
    ...{ wall, cpu, peak: mebibytes * 1024 * 1024 },
  });

  it('refers to the first row that has samples', () => {
    const text = costTable([
      { name: 'gone', samples: [], out: { reason: 'not installed', failed: false } },
      { name: 'one', samples: [sample(2, 1, 50), sample(4, 2, 60), sample(3, 3, 70)] },
      { name: 'two', samples: [sample(1, 1, 10), sample(1, 1, 10), sample(3, 3, 10)] },
    ]);
    expect(text.split('\n').slice(2, 5)).toEqual([
      '| gone | not available: not installed | - | - | - | - |',
      '| one | 1.00 | 1.00 | 3.000 | 2.000 | 60 |',
      '| two | 0.50 | 1.00 | 1.000 | 1.000 | 10 |',
    ]);
  });

  it('has one more column if the start of Node is subtracted', () => {
    const text = costTable([
      { name: 'one', samples: [{ ...sample(1, 3, 50), net: 2 }] },
      { name: 'two', samples: [{ ...sample(1, 2, 50), net: 1 }] },
      { name: 'gone', samples: [], out: { reason: 'not installed', failed: false } },
    ]);
    expect(text.split('\n')).toEqual([
      "|  | wall | CPU | CPU without Node's start | wall, s | CPU, s | peak memory, MiB |",
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
      '| one | 1.00 | 1.00 | 1.00 | 1.000 | 3.000 | 50 |',
      '| two | 1.00 | 0.67 | 0.50 | 1.000 | 2.000 | 50 |',
      '| gone | not available: not installed | - | - | - | - | - |',
      '',
    ]);
  });

  it('shows a failure and a missing client differently, in one cell', () => {
    const out = { reason: 'exit code 1:\n a | b', failed: true };
    expect(tripTable([{ name: 'one', samples: [], out }])).toContain(
      '| one | **failed**: exit code 1: a / b | - | - |\n',
    );
  });
});
