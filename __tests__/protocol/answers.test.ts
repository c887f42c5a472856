import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { canAnswer, isDoubtful, isFromSameCommand } from '../../lib/protocol/answers';
import type { Exchange } from '../../lib/protocol/exchange';
import { holds, made, reply } from './helpers';

/** One command for each kind of exchange. */
const VERBS = [
  ...[
    'USER',
    'PASS',
    'ACCT',
    'REIN',
    'HOST',
    'QUIT',
    'NOOP',
    'FEAT',
    'SYST',
    'STAT',
    'OPTS',
    'ABOR',
  ],
  ...['CWD', 'CDUP', 'PWD', 'MKD', 'RMD', 'DELE', 'RNFR', 'RNTO', 'SIZE', 'MDTM', 'MLST', 'TYPE'],
  ...['REST', 'EPSV', 'PASV', 'EPRT', 'PORT', 'AUTH', 'PBSZ', 'PROT', 'CCC', 'XPWD', 'XMKD'],
];
const TRANSFERS = ['RETR', 'STOR', 'APPE', 'STOU', 'LIST', 'NLST', 'MLSD', 'XYZ'];

function asked(verb: string | undefined): Pick<Exchange, 'command' | 'expects'> {
  const isTransfer = verb !== undefined && TRANSFERS.includes(verb);
  return {
    command: verb === undefined ? undefined : made(verb),
    expects: isTransfer ? 'transfer' : 'completion',
  };
}

const ALL: readonly (string | undefined)[] = [undefined, ...VERBS, ...TRANSFERS];
const named = (verb: string | undefined) => verb ?? 'greeting';

/** The commands that a reply with this code can answer. */
function answeredBy(code: number): string[] {
  return ALL.filter((verb) => canAnswer(reply(`${code} x`), asked(verb))).map(named);
}

describe('canAnswer', () => {
  // biome-ignore format: a table
  it.each<[number, string[]]>([
    [211, ['FEAT', 'STAT']],
    [213, ['STAT', 'SIZE', 'MDTM']],
    [220, ['greeting', 'USER', 'REIN', 'HOST']],
    [221, ['QUIT']],
    [225, ['ABOR', ...TRANSFERS]],
    [226, ['ABOR', ...TRANSFERS]],
    [227, ['EPSV', 'PASV']],
    [229, ['EPSV', 'PASV']],
    [230, ['greeting', 'USER', 'PASS', 'ACCT']],
    [232, ['greeting', 'USER', 'PASS', 'ACCT']],
    [234, ['AUTH']],
    [257, ['PWD', 'MKD', 'XPWD', 'XMKD']],
    [425, ['ABOR', 'EPSV', 'PASV', 'EPRT', 'PORT', ...TRANSFERS]],
    [426, ['ABOR', ...TRANSFERS]],
  ])('allows %d as an answer to %j only', (code, expected) => {
    expect(answeredBy(code).sort()).toEqual([...expected].sort());
  });

  it.each([200, 202, 214, 215, 250])(
    'allows %d for every command, but only 250 for those that return a path',
    (code) => {
      const isPath = (verb: string) => /^X?(PWD|MKD)$/.test(verb);
      const expected = ALL.map(named).filter((verb) => code === 250 || !isPath(verb));
      expect(answeredBy(code)).toEqual(expected);
    },
  );

  it('allows every other code, including 421, for every command', () => {
    const others = fc
      .integer({ min: 100, max: 599 })
      .filter((code) => (code < 200 || code >= 300) && code !== 425 && code !== 426);
    holds(
      fc.property(others, fc.constantFrom(...ALL), (code, verb) =>
        canAnswer(reply(`${code} x`), asked(verb)),
      ),
    );
  });

  it('allows every code for a raw command of the user', () => {
    holds(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.constantFrom(...VERBS), (code, verb) =>
        canAnswer(reply(`${code} x`), { ...asked(verb), isRaw: true }),
      ),
    );
  });
});

describe('isDoubtful', () => {
  it('is true for 2yz replies only', () => {
    const codes = fc.integer({ min: 100, max: 599 });
    holds(
      fc.property(codes, codes, fc.constantFrom(...ALL), (code, last, verb) => {
        const isOdd = isDoubtful(reply(`${code} x`), reply(`${last} y`), asked(verb));
        return !isOdd || (code >= 200 && code < 300);
      }),
    );
  });

  // biome-ignore format: a table
  it.each<[verb: string, last: string, code: string, boolean]>([
    ['SIZE', '200', '200', true],  // a second 200 to TYPE, or an unusual answer
    ['SIZE', '250', '200', false], // not a repetition
    ['SIZE', '213', '213', false], // the usual answer
    ['PWD',  '250', '250', true],
    ['CWD',  '250', '250', false], // the usual answer, as before
    ['TYPE', '200', '200', false],
    ['USER', '220', '220', true],
    ['USER', '200', '220', true],
    ['EPSV', '200', '227', true],
  ])('returns for a reply to %s after a %s, with code %s: %p', (verb, last, code, expected) => {
    expect(isDoubtful(reply(`${code} x`), reply(`${last} y`), asked(verb))).toBe(expected);
  });
});

describe('isFromSameCommand', () => {
  it.each([
    ['200 ok', undefined, false],
    ['250 ok', 'CWD', true],
    ['200 ok', 'CWD', false],
    ['550 no such folder', 'CWD', true],
    ['500 unknown command', 'CWD', false],
    ['502 not implemented', 'CWD', false],
  ])('%s after a doubtful reply to %s: %s', (next, verb, isSame) => {
    expect(isFromSameCommand(reply(next), asked(verb))).toBe(isSame);
  });

  it('takes a refusal for the answer to another command if it was a probe', () => {
    expect(isFromSameCommand(reply('550 x'), { ...asked('NOOP'), isProbe: true })).toBe(false);
  });
});
