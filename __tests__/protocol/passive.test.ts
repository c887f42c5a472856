import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ProtocolError, ReplyError } from '../../lib/errors';
import { formatEprt, formatPort } from '../../lib/protocol/active';
import { parse227, parse229 } from '../../lib/protocol/passive';
import { fastest, holds, outcome } from './helpers';

const BAD = { name: 'ProtocolError', code: 'ERR_FTP_BAD_PASV', connectionUsable: true };
const byte = fc.nat(255);
const port = fc.integer({ min: 1, max: 65535 });

describe('parse227', () => {
  // biome-ignore format: a table
  it.each<[string, string, number]>([
    ['227 Entering Passive Mode (127,0,0,1,200,13).',       '127.0.0.1', 51213],
    ['227 Entering Passive Mode (127,0,0,1,0,21)',          '127.0.0.1', 21],
    ['227 Entering Passive Mode (255,255,255,255,255,255)', '255.255.255.255', 65535],
    ['227 Entering Passive Mode 10,0,0,1,4,1',              '10.0.0.1', 1025],
    ['227 =10,0,0,1,4,1',                                   '10.0.0.1', 1025],
    ['227 Entering Passive Mode. 10,0,0,1,4,1',             '10.0.0.1', 1025],
    ['227 Data transfer will passively listen to 10,0,0,1,4,1', '10.0.0.1', 1025],
    ['227 Entering Passive Mode (10, 0, 0, 1, 4, 1)',       '10.0.0.1', 1025],
    ['227 (010,000,000,001,004,001)',                       '10.0.0.1', 1025],
    ['227-Hello\n227 Entering Passive Mode (10,0,0,1,4,1)', '10.0.0.1', 1025],
    ['227 Server 2 says (10,0,0,1,4,1)',                    '10.0.0.1', 1025],
  ])('parses %j', (reply, host, expected) => {
    expect(parse227(reply)).toEqual({ host, port: expected });
  });

  it.each([
    '227',
    '227 ',
    '227 Entering Passive Mode',
    '227 (10,0,0,1,4)',
    '227 (10.0.0.1.4.1)',
    '227 (256,0,0,1,4,1)',
    '227 (10,0,0,999,4,1)',
    '227 (10,0,0,1,256,1)',
    '227 (10,0,0,1,4,256)',
    '227 (10,0,0,1,0,0)',
    '227 (10,0,0,1,-4,1)',
    '227 (10,0,0,1,4,x1)',
    '227 (10,0,0,1,4,1e3)',
    '227 (10,0,0,1,4,1000)',
    '227 (1234,0,0,1,4,1)',
    '227 (10,0,0,1,9999999999999999999,1)',
    '227 (10,,0,1,4,1)',
    '227 (a,b,c,d,e,f)',
    '227 (١٠,٠,٠,١,٤,١)',
    '227 (10,\n0,0,1,4,1)',
  ])('rejects %j', (reply) => {
    expect(outcome(() => parse227(reply))).toMatchObject({ ...BAD, reply: { code: 227 } });
  });

  it.each(['200 (10,0,0,1,4,1)', '229 (|||1|)', '500 no', '421 bye', ''])(
    'throws a ReplyError for the other reply %j',
    (reply) => {
      expect(() => parse227(reply)).toThrow(ReplyError);
    },
  );

  it('parses what formatPort writes', () => {
    holds(
      fc.property(fc.tuple(byte, byte, byte, byte), port, (bytes, number) => {
        const endpoint = { host: bytes.join('.'), port: number };
        expect(parse227(`227 Entering (${formatPort(endpoint)}).`)).toEqual(endpoint);
      }),
    );
  });
});

describe('parse229', () => {
  // biome-ignore format: a table
  it.each<[string, number]>([
    ['229 Entering Extended Passive Mode (|||6446|)',         6446],
    ['229 Entering Extended Passive Mode (|||6446|).',        6446],
    ['229 Entering Extended Passive Mode (!!!4711!)',         4711], // OS/400
    ['229 (~~~1~)',                                           1],
    ['229 (|||65535|)',                                       65535],
    ['229 (|||00021|)',                                       21],
    ['229 (|1|10.0.0.99|4711|)',                              4711], // the address is not trusted
    ['229 (|2|fe80::99|4711|)',                               4711],
    ['229-Hello\n229 Extended (|||99|)',                      99],
    ['229 ok (|||99|) (of 100)',                              99],
    ['229 (....99.)',                                         0],
  ])('parses %j as port %i (0: an error)', (reply, expected) => {
    if (expected === 0) expect(outcome(() => parse229(reply, 'peer'))).toMatchObject(BAD);
    else expect(parse229(reply, 'peer')).toEqual({ host: 'peer', port: expected });
  });

  it.each([
    '229',
    '229 Entering Extended Passive Mode',
    '229 |||6446|',
    '229 (|||6446|',
    '229 |||6446|)',
    '229 )(|||6446|',
    '229 ()',
    '229 (|)',
    '229 (|||)',
    '229 (||||)',
    '229 (|||0|)',
    '229 (|||65536|)',
    '229 (|||99999|)',
    '229 (|||100000|)',
    '229 (|||-21|)',
    '229 (|||+21|)',
    '229 (||| 21|)',
    '229 (|||21 |)',
    '229 (|||1e3|)',
    '229 (|||0x15|)',
    '229 (|||9999999999999999999|)',
    '229 (|||٢١|)',
    '229 (|||21)',
    '229 (||21|)',
    '229 (||||21|)',
    '229 (|||21||)',
    '229 (||!21|)',
    '229 (11121 1)',
    '229 (1112111)',
    '229 (   21 )',
    '229 (\x01\x01\x0121\x01)',
    '229 (ééé21é)',
  ])('rejects %j', (reply) => {
    expect(outcome(() => parse229(reply, 'peer'))).toMatchObject(BAD);
  });

  it.each(['227 (|||1|)', '200 ok', '522 (1,2)', ''])(
    'throws a ReplyError for the other reply %j',
    (reply) => {
      expect(() => parse229(reply, 'peer')).toThrow(ReplyError);
    },
  );

  it('parses the port that formatEprt writes, with any delimiter (RFC 2428 §3)', () => {
    const delimiter = fc
      .integer({ min: 33, max: 126 })
      .map((code) => String.fromCharCode(code))
      .filter((character) => !/[0-9().]/.test(character));
    holds(
      fc.property(port, delimiter, (number, mark) => {
        const fields = formatEprt({ host: '10.0.0.1', port: number }).replaceAll('|', mark);
        expect(parse229(`229 Ok (${fields})`, 'peer').port).toBe(number);
        const blank = `${mark.repeat(3)}${number}${mark}`;
        expect(parse229(`229 Ok (${blank})`, 'peer').port).toBe(number);
      }),
    );
  });
});

describe.each<[string, (reply: string) => { port: number }]>([
  ['parse227', parse227],
  ['parse229', (reply) => parse229(reply, 'peer')],
])('%s', (name, parse) => {
  const code = name.slice(-3);

  it('returns a port from 1 to 65535 or throws ERR_FTP_BAD_PASV for any input', () => {
    const token = fc.oneof(
      fc.constantFrom('(', ')', '|', ',', '|||', '0', '255', '256', '65535', '65536', '-', '\n'),
      fc.nat(70000).map(String),
      fc.string({ maxLength: 4 }),
    );
    holds(
      fc.property(fc.array(token, { maxLength: 16 }), (tokens) => {
        const result = outcome(() => parse(`${code} ${tokens.join('')}`));
        if (result instanceof ProtocolError) return expect(result.code).toBe('ERR_FTP_BAD_PASV');
        const { port: number } = result as { port: number };
        return expect(number >= 1 && number <= 65535).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['(', '1', '1,', '1,1,1,1,1,', '(|', '(|||1', '1, ', ')', '(1,2,3,4,5,6'])(
    'takes linear time for a long run of %j',
    (unit) => {
      const run = (length: number) => {
        const reply = `${code} ${unit.repeat(length / unit.length)}`;
        return () => outcome(() => parse(reply));
      };
      const short = fastest(run(10_000));
      expect(fastest(run(160_000))).toBeLessThan(short * 80 + 60); // linear: 16; quadratic: 256
    },
  );
});
