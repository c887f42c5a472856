import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ProtocolError } from '../../lib/errors';
import { codecOf } from '../../lib/protocol/codec';
import { command } from '../../lib/protocol/command';
import { parse257 } from '../../lib/protocol/pathname';
import { originalReply, parseOriginal, Secrets } from '../../lib/protocol/secrets';
import { parse213 } from '../../lib/protocol/size';
import { fastest, holds, made, outcome, reply } from './helpers';

function knowing(...lines: string[]): Secrets {
  const secrets = new Secrets();
  for (const line of lines) secrets.add(made(line));
  return secrets;
}

describe('parseOriginal', () => {
  it('shows no secret in its error if only the original reply cannot be parsed', () => {
    const masked = knowing('PASS hunter2').maskReply(reply('250 hunter2'));
    const parse = (text: string) => {
      if (text.includes('hunter2')) throw new Error(`What is ${text}?`);
      return text;
    };
    const error = outcome(() => parseOriginal(masked, parse));
    expect(error).toBeInstanceOf(ProtocolError);
    expect((error as Error).message).toBe('250 **** (the reply cannot be read)');
  });
});

describe('Secrets', () => {
  it('masks all secrets that were sent, not only the last one', () => {
    const secrets = knowing('PASS first', 'ACCT second', 'PASS third');
    expect(secrets.mask('first, second, third, fourth')).toBe('****, ****, ****, fourth');
  });

  // biome-ignore format: a table
  it.each<[line: string, text: string, shown: string]>([
    ['PASS hunter2 ',          '530 hunter2',                     '530 ****'],       // without the space
    ['PASS  hunter2',          '530 "hunter2"',                   '530 "****"'],
    ['PASS a.b*c',             'a.b*c and aXbbc',                 '**** and aXbbc'],
    ['PASS schlüssel',         'no: schlüssel',                   'no: ****'],
    ['PASS schlüssel',         'no: schlÃ¼ssel',                  'no: ****'],       // read as latin1
    ['PASS schlüssel',         'no: schl?ssel',                   'no: ****?****'],  // ASCII only
    ['PASS schlüssel',         'no: schl\ufffdssel',              'no: ****'],           // latin1, read as UTF-8
    ['PASS пароль',            'no: пароль',                      'no: ****'],
    ['PASS пароль',            Buffer.from('no: пароль').toString('latin1'), 'no: ****'],
    ['PASS \u202esUp3r',       '\u202esUp3r',                     '****'],
    ['PASS \u202esUp3r',       '\\u202esUp3r',                    '****'],           // already escaped
    ['PASS \u202esUp3r',       'sUp3r',                           '****'],
    ['PASS hun"ter2',          'no: "hun""ter2"',                 'no: "****"'],     // between quotation marks
    ["PASS hun'ter2",          "no: 'hun''ter2'",                 "no: '****'"],
    ['PASS hun"ter2',          'no: "hun\\"ter2"',                'no: "****"'],
    ["PASS hun'ter2",          "no: 'hun\\'ter2'",                "no: '****'"],
    ['PASS hun\\ter2',         'no: "hun\\\\ter2"',               'no: "****"'],
    ['SITE PSWD old1 new2',    'old1 is not old1 new2, nor new2', '**** is not ****, nor ****'],
    ['SITE PASSWD old1 new2',  'new2',                            '****'],
    ['PASS ab',                'a cab',                           'a cab'],          // too short
    ['USER hunter2',           'hunter2',                         'hunter2'],
    ['CWD hunter2',            'hunter2',                         'hunter2'],
  ])('after %j, masks %j as %j', (line, text, shown) => {
    expect(knowing(line).mask(text)).toBe(shown);
  });

  it('masks a secret that was sent in another encoding or with doubled 0xFF', () => {
    const secrets = new Secrets();
    secrets.add(command({ codec: codecOf('latin1') }, 'PASS', 'pÿss wörd'));
    for (const text of ['pÿss wörd', 'pÿÿss wörd', Buffer.from('pÿss wörd').toString('latin1')]) {
      expect(secrets.mask(`no: ${text}.`)).toBe('no: ****.');
    }
  });

  it('masks the argument of PASS if the codec does not decode what it encodes', () => {
    const backwards = {
      encode: (text: string) => Buffer.from(text),
      decode: (bytes: Uint8Array) => Buffer.from(bytes).reverse().toString(),
    };
    const made = command({ codec: codecOf(backwards) }, 'PASS', 'hunter2');
    expect(made.label).toBe('PASS ****');
    const secrets = new Secrets();
    secrets.add(made);
    expect(secrets.mask('hunter2')).toBe('****');
  });

  it('masks a secret inside any text', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 12 });
    const secret = fc.string({ unit: 'grapheme', minLength: 3, maxLength: 12 });
    holds(
      fc.property(secret, text, text, (word, before, after) => {
        fc.pre(/^[^\s\p{Cc}]{3,}$/u.test(word) && !'****'.includes(word));
        const shown = knowing(`PASS ${word}`).mask(`${before}${word}${after}`);
        return !shown.includes(word) || `${before}****${after}`.includes(word);
      }),
    );
  });

  it('masks a reply except its code', () => {
    const secrets = knowing('PASS 530');
    expect(secrets.maskReply(reply('530 530 is wrong'))).toEqual(reply('530 **** is wrong'));
    expect(secrets.maskReply(reply('530-a', '530', '530 530'))).toEqual({
      code: 530,
      lines: ['530-a', '****', '530 ****'],
    });
    const clean = reply('200 ok');
    expect(secrets.maskReply(clean)).toBe(clean);
  });

  it('takes linear time', () => {
    const secrets = knowing('PASS aaaaaaab', 'ACCT ääääb');
    const time = (length: number) => fastest(() => secrets.mask('aaaä'.repeat(length)));
    time(1000);
    expect(time(64_000)).toBeLessThan(100 + 64 * time(1000) * 4);
  });
});

describe('parseOriginal with a masked reply', () => {
  const secrets = knowing('PASS pub', 'ACCT 1024');

  it('parses the original text of a masked reply', () => {
    const path = secrets.maskReply(reply('257 "/pub" is it'));
    expect(path.lines).toEqual(['257 "/****" is it']);
    expect(originalReply(path).lines).toEqual(['257 "/pub" is it']);
    expect(parseOriginal(path, parse257)).toBe('/pub');
    expect(parseOriginal(secrets.maskReply(reply('213 1024')), parse213)).toBe(1024);
  });

  it.each([
    ['257 "/pub', parse257],
    ['213 99999999999999999999 pub', parse213],
    ['213 a1024', parse213],
  ])('shows only masked text in its error for %j', (line, parse: (text: string) => unknown) => {
    const error = outcome(() =>
      parseOriginal(secrets.maskReply(reply(line)), parse),
    ) as ProtocolError;
    expect(error).toBeInstanceOf(ProtocolError);
    expect(JSON.stringify([error.message, error.reply])).not.toMatch(/pub|1024/);
  });
});
