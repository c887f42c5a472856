import { describe, expect, it } from '@jest/globals';
import type { Saying } from '../../bench/relay';
import { controlTrips, duration, loginInOneWrite } from '../../bench/trips';

/** Lines of `C: ...` and `S: ...`, 10 ms apart. */
const sayings = (...lines: readonly string[]): Saying[] =>
  lines.map((line, i) => ({
    from: line.startsWith('C') ? 'client' : 'server',
    text: `${line.slice(3)}\r\n`,
    at: 10 * (i + 1),
  }));

const POLITE = sayings(
  ...['S: 220 hello', 'C: USER a', 'S: 331 and?', 'C: PASS b', 'S: 230 in'],
  ...['C: EPSV', 'S: 229 (|||1|)', 'C: RETR x', 'S: 150 here', 'S: 226 done'],
  ...['C: QUIT', 'S: 221 bye'],
);
const EAGER = sayings('C: USER a', 'C: PASS b', 'S: 220 hello', 'S: 331', 'S: 230', 'C: EPSV');

describe('the round trips of a control connection', () => {
  it('counts how often the client sent after it had received something, except for QUIT', () => {
    expect(controlTrips({ sayings: POLITE })).toBe(4);
    expect(controlTrips({ sayings: EAGER })).toBe(2);
    expect(controlTrips({ sayings: [] })).toBe(0);
  });

  it('shows whether the login was one write', () => {
    expect(loginInOneWrite({ sayings: POLITE })).toBe(false);
    expect(loginInOneWrite({ sayings: EAGER })).toBe(true);
    expect(loginInOneWrite({ sayings: sayings('C: USER a\r\nPASS b') })).toBe(true);
  });

  it('end with the reply before QUIT', () => {
    expect(duration({ begun: 5, sayings: POLITE })).toBe(95);
    expect(duration({ begun: 5, sayings: EAGER })).toBe(45);
  });
});
