import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Backlog } from '../../lib/streams/backlog';
import { patterned } from './harness';

const bytes = patterned(100);
const apart = (start: number, end: number) =>
  Buffer.from(Uint8Array.from(bytes.subarray(start, end)).buffer);

function backlogOf(...chunks: Buffer[]): Backlog {
  const backlog = new Backlog();
  for (const chunk of chunks) backlog.add(chunk);
  return backlog;
}

describe('a backlog', () => {
  it('joins adjacent chunks in place', () => {
    const backlog = backlogOf(bytes.subarray(0, 10), bytes.subarray(10, 30));
    const taken = backlog.take(25);
    expect(taken.equals(bytes.subarray(0, 25))).toBe(true);
    expect(taken.buffer).toBe(bytes.buffer);
    expect(backlog.length).toBe(5);
  });

  it.each([
    ['in memory of their own', apart(0, 10), apart(10, 30)],
    ['with a gap between', bytes.subarray(50, 60), bytes.subarray(61, 81)],
    ['the wrong way round', bytes.subarray(10, 20), bytes.subarray(0, 10)],
    ['one over the other', bytes.subarray(0, 20), bytes.subarray(10, 30)],
  ])('copies chunks that lie %s', (_name, first, second) => {
    const backlog = backlogOf(first, second);
    const all = Buffer.concat([first, second]);
    expect(backlog.length).toBe(all.length);
    expect(backlog.take(1000).equals(all)).toBe(true);
    expect(backlog.length).toBe(0);
  });

  it('is empty after clear()', () => {
    const backlog = backlogOf(apart(0, 10), apart(10, 30));
    backlog.clear();
    expect(backlog.length).toBe(0);
    backlog.add(bytes.subarray(0, 3));
    expect(backlog.take(5).equals(bytes.subarray(0, 3))).toBe(true);
  });

  it.each([false, true])('keeps many small chunks in few buffers, copying all: %s', (copies) => {
    const backlog = new Backlog({ copies });
    for (let i = 0; i < 20_000; i++) backlog.add(Buffer.from(Uint8Array.of(i & 0xff).buffer));
    const memory = new Set<ArrayBufferLike>();
    for (let i = 0; i < 20_000; i++) {
      const byte = backlog.take(1);
      expect(byte[0]).toBe(i & 0xff);
      memory.add(byte.buffer);
    }
    expect(memory.size).toBeLessThan(20);
    const bytes = [...memory].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(bytes).toBeLessThan(2 * 20_000);
  });

  it('with copies: true keeps no memory but its own', () => {
    const backlog = new Backlog({ copies: true });
    const memory = Buffer.alloc(1_000_000);
    backlog.add(memory.subarray(0, 10_000));
    backlog.add(memory.subarray(10_000, 30_000));
    expect(backlog.take(5000).buffer).not.toBe(memory.buffer);
    expect(backlog.take(1_000_000)).toHaveLength(25_000);
  });

  it.each([false, true])(
    'returns the bytes that were added, in any portions (copies: %s)',
    (copies) => {
      const step = fc.oneof(
        fc.record({ add: fc.integer({ min: 1, max: 40 }), isApart: fc.boolean() }),
        fc.record({ take: fc.integer({ min: 1, max: 60 }) }),
      );
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
          const memory = patterned(40 * 60);
          const backlog = new Backlog({ copies });
          const taken: Buffer[] = [];
          let end = 0;
          for (const each of steps) {
            if ('add' in each) {
              const chunk = memory.subarray(end, end + each.add);
              backlog.add(each.isApart ? Buffer.from(Uint8Array.from(chunk).buffer) : chunk);
              end += each.add;
            } else if (backlog.length > 0) {
              const before = backlog.length;
              const block = backlog.take(each.take);
              expect(block).toHaveLength(Math.min(each.take, before));
              taken.push(block);
            }
          }
          const rest = backlog.length > 0 ? [backlog.take(backlog.length)] : [];
          expect(Buffer.concat([...taken, ...rest]).equals(memory.subarray(0, end))).toBe(true);
        }),
      );
    },
  );
});
