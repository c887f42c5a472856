import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  argumentBytes,
  command,
  hasInternationalPath,
  type Path,
} from '../../lib/protocol/command';
import { encodingOf, holds, made, outcome } from './helpers';

const CANARY = 'hunter2-c4n4ry';

describe('command', () => {
  it('joins its parts with single spaces and ends with CRLF', () => {
    const { wire, verb, argument, label } = made('rnfr', 'a  b ');
    expect(wire.toString()).toBe('rnfr a  b \r\n');
    expect({ verb, argument, label }).toEqual({
      verb: 'RNFR',
      argument: 'a  b ',
      label: 'rnfr a  b ',
    });
  });

  it('sends bytes unchanged and shows them as text in its label', () => {
    const { wire, label } = made('DELE', Uint8Array.of(0x61, 0xff, 0xe9));
    expect([...wire]).toEqual([...Buffer.from('DELE a\xff\xe9\r\n', 'latin1')]);
    expect(label).toBe('DELE aÿé');
  });

  it('does not double 0xFF, because the connection does so if the server requires it', () => {
    const { wire } = command(encodingOf('latin1'), 'DELE', 'aÿb');
    expect(wire.toString('latin1')).toBe('DELE a\xffb\r\n');
  });

  describe('rejects what could start another command or cannot be encoded', () => {
    // biome-ignore format: a table
    const PARTS: [title: string, encoding: string, parts: Path[]][] = [
      ['CR LF',                              'utf8',   ['DELE', 'a\r\nRMD /']],
      ['a bare LF (vsftpd, Pure-FTPd)',      'utf8',   ['DELE', 'a\nRMD /']],
      ['a bare CR',                          'utf8',   ['DELE', 'a\rRMD /']],
      ['NUL',                                'utf8',   ['DELE', 'a\0RMD /']],
      ['CR NUL LF (RFC 2640 §3.1)',          'utf8',   ['DELE', 'a\r\0\nRMD /']],
      ['LF at the end',                      'utf8',   ['NOOP\n']],
      ['LF at the beginning',                'utf8',   ['\nNOOP']],
      ['LF in the verb',                     'utf8',   ['NO\nOP']],
      ['LF in a second part of three',       'utf8',   ['OPTS', 'MLST\n', 'x']],
      ['LF in bytes',                        'utf8',   ['DELE', Uint8Array.of(0x61, 0x0a)]],
      ['NUL in bytes',                       'latin1', ['DELE', Uint8Array.of(0x00)]],
      ['U+010A, a LF if truncated to a byte',  'latin1', ['DELE', 'a\u010aRMD /']],
      ['U+560A',                             'latin1', ['DELE', 'a\u560aRMD /']],
      ['U+0D0D',                             'binary', ['DELE', 'a\u0d0dRMD /']],
      ['U+FF0D',                             'latin1', ['DELE', 'a\uff0dRMD /']],
      ['U+0100, a NUL if truncated to a byte',  'latin1', ['DELE', 'a\u0100']],
      ['U+010A in ASCII',                    'ascii',  ['DELE', 'a\u010a']],
      ['a character beyond ASCII',           'ascii',  ['DELE', 'é']],
      ['a lone surrogate',                   'utf8',   ['DELE', 'a\ud800']],
    ];

    it.each(PARTS)('%s', (_title, encoding, parts) => {
      const run = () => command(encodingOf(encoding), ...parts);
      expect(run).toThrow(TypeError);
      expect(outcome(run)).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
    });

    it('a CR LF that the codec of a user produces', () => {
      const codec = { encode: () => Buffer.from('a\r\nRMD /'), decode: String };
      expect(() => command({ codec }, 'DELE')).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
      );
    });

    it('but not U+010A in UTF-8', () => {
      expect(made('DELE', 'a\u010a').wire.toString()).toBe('DELE a\u010a\r\n');
    });
  });

  it.each([[''], [' '], ['  '], ['\t'], ['', '']])('rejects the empty command %j', (...parts) => {
    expect(outcome(() => made(...parts))).toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
  });

  it.each([5, null, undefined, {}, [], true, Symbol('x'), () => {}])(
    'rejects %p as a part',
    (part) => {
      expect(outcome(() => made('DELE', part as never))).toMatchObject({
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
      });
    },
  );

  it('contains exactly one CRLF, at the end, or throws', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('\r', '\n', '\0', '\u010a', '\u560a', '\u0d0d', ' ', '-rf', 'é', '\xff'),
      fc.uint8Array({ maxLength: 8 }),
    );
    const parts = fc.array(nasty, { minLength: 1, maxLength: 4 });
    const names = fc.constantFrom('utf8', 'latin1', 'ascii', 'binary', 'UTF-8');
    holds(
      fc.property(parts, names, (given, name) => {
        const result = outcome(() => command(encodingOf(name), ...given));
        if (result instanceof Error) {
          expect(result).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
          return;
        }
        const { wire } = result as ReturnType<typeof command>;
        const line = wire.subarray(0, -2);
        expect(wire.subarray(-2).toString('latin1')).toBe('\r\n');
        for (const byte of [0x0d, 0x0a, 0x00]) expect(line.includes(byte)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  describe('masks secrets in its label', () => {
    // biome-ignore format: a table
    const SECRETS: [line: string, label: string, secret: string][] = [
      ['PASS hunter2',                'PASS ****',               'hunter2'],
      ['pass hunter2',                'pass ****',               'hunter2'],
      ['PaSs hunter2',                'PaSs ****',               'hunter2'],
      [' PASS hunter2',               'PASS ****',               'hunter2'],
      ['\tPASS\thunter2',             'PASS\\t****',             'hunter2'],
      ['PASS  two words ',            'PASS ****',               ' two words '],
      ['PASS *',                      'PASS ****',               '*'],
      ['PASS $&',                     'PASS ****',               '$&'],
      ['PASS päß-😀',                 'PASS ****',               'päß-😀'],
      ['ACCT tax office',             'ACCT ****',               'tax office'],
      ['ADAT SGVsbG8=',               'ADAT ****',               'SGVsbG8='],
      ['SITE PSWD old new',           'SITE PSWD ****',          'old new'],
      ['site pswd old new',           'site pswd ****',          'old new'],
      ['SITE PASSWD x',               'SITE PASSWD ****',        'x'],
      ['SITE  PASS  x y',             'SITE  PASS  ****',        'x y'],
      // The secret is also part of the text before it.
      ['PASS PASS',                   'PASS ****',               'PASS'],
      ['PASS S',                      'PASS ****',               'S'],
      ['pass ass',                    'pass ****',               'ass'],
      ['SITE PSWD SITE',              'SITE PSWD ****',          'SITE'],
    ];

    it.each(SECRETS)('%j', (line, label, secret) => {
      expect(made(line)).toMatchObject({ label, secret });
      const [verb, ...rest] = line.trimStart().split(/\s/);
      if (line.startsWith(verb as string) && rest.length > 0) {
        expect(made(verb as string, rest.join(' ')).label).toBe(label);
      }
    });

    it.each(['USER hunter2', 'CWD PASS', 'SITE CHMOD 644 x', 'SITE HELP PSWD', 'XPASS x', 'PASS'])(
      'but shows %j',
      (line) => {
        expect(made(line)).toMatchObject({ label: line, secret: undefined });
      },
    );

    it('for any secret', () => {
      const verbs = fc.constantFrom('PASS', 'pass', 'ACCT', 'ADAT', 'SITE PSWD', ' PASS');
      const secrets = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
      holds(
        fc.property(verbs, secrets, (verb, secret) => {
          fc.pre(/^[^\s\p{Cc}]+$/u.test(secret));
          expect(made(`${verb} ${secret}`).label).toBe(`${verb.trim()} ****`);
        }),
        { numRuns: 500 },
      );
    });

    it('and keeps the secret as the server may echo it, with 0xFF not doubled', () => {
      const { secret } = command(encodingOf('latin1'), 'PASS', 'pÿss');
      expect(secret).toBe('pÿss');
    });
  });

  it.each<[string, string, Path[]]>([
    ['LF', 'utf8', ['PASS', `${CANARY}\n`]],
    ['LF in one part', 'utf8', [`PASS ${CANARY}\r\n`]],
    ['NUL', 'utf8', ['pass', `\0${CANARY}`]],
    ['a newline instead of the space', 'utf8', [`PASS\n${CANARY}`]],
    ['NUL instead of the space', 'utf8', [`PASS\0${CANARY}`]],
    ['only the secret and LF', 'utf8', [`${CANARY}\n`]],
    ['a letter that is not latin1', 'latin1', ['PASS', `${CANARY}€`]],
    ['a lone surrogate', 'utf8', ['ACCT', `${CANARY}\udfff`]],
    ['SITE PSWD', 'utf8', [`SITE PSWD ${CANARY}\n`]],
    ['a part that is not a string', 'utf8', ['PASS', [CANARY] as never]],
  ])('does not reveal the secret in its error: %s', (_title, encoding, parts) => {
    const error = outcome(() => command(encodingOf(encoding), ...parts)) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toMatch(
      new RegExp(CANARY, 'i'),
    );
  });

  it('escapes control characters in its label', () => {
    expect(made('DELE a\x1b[2J\u202eb').label).toBe('DELE a\\u001b[2J\\u202eb');
  });
});

describe('hasInternationalPath', () => {
  it.each<[string, boolean]>([
    ['RETR é', true],
    ['RETR a', false],
    ['CWD 日本', true],
    ['PASS é', false],
    ['SITE é', false],
    ['USER é', false],
    ['stor é', true],
  ])('returns for %j: %p', (line, expected) => {
    expect(hasInternationalPath(made(line))).toBe(expected);
  });
});

describe('argumentBytes', () => {
  it.each<[string, Path[], string]>([
    ['of a command in two parts', ['RETR', 'a b'], 'a b'],
    ['of a command in one part', ['RETR a b'], 'a b'],
    ['after two spaces', ['RETR  a'], ' a'],
    ['of a command without one', ['NOOP'], ''],
    ['of a command that begins with a space', [' RETR a'], 'a'],
    ['after a tab', ['RETR\ta'], 'a'],
  ])('returns the argument %s', (_title, parts, argument) => {
    const command = made(...parts);
    expect(command.argument).toBe(argument);
    expect(Buffer.from(argumentBytes(command)).toString()).toBe(argument);
  });

  it('returns bytes unchanged even if they cannot be decoded', () => {
    const bytes = Uint8Array.of(0xc3, 0x28, 0x20, 0xff);
    expect([...argumentBytes(made('RETR', bytes))]).toEqual([...bytes]);
  });
});
