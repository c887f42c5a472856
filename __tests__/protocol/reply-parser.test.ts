import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ProtocolError } from '../../lib/errors';
import { codecOf } from '../../lib/protocol/codec';
import { ReplyParser, type ReplyParserOptions } from '../../lib/protocol/reply-parser';
import type { Reply } from '../../lib/reply';
import { byteByByte, cutsInTwo, fastest, holds, outcome, pieces, reply } from './helpers';

const DEFAULTS: ReplyParserOptions = {
  maxLine: 8192,
  maxReply: 64 * 1024,
  strictMultiline: true,
  telnet: { commands: 'double', replies: 'double' },
  decode: codecOf('utf8').decode,
  keepsASCII: () => true,
};

const parser = (options: Partial<ReplyParserOptions> = {}) =>
  new ReplyParser({ ...DEFAULTS, ...options });

function parse(chunks: readonly Buffer[], options: Partial<ReplyParserOptions> = {}): Reply[] {
  const parsing = parser(options);
  return chunks.flatMap((chunk) => parsing.push(chunk));
}

/** What servers send, and the replies to parse from it. */
const CASES: [title: string, wire: string | Buffer, replies: Reply[]][] = [
  ['one line', '220 ready\r\n', [reply('220 ready')]],
  ['a bare code', '200\r\n', [reply('200')]],
  ['a code and a space', '200 \r\n', [reply('200 ')]],
  ['a bare LF', '200 ok\n', [reply('200 ok')]],
  ["ProFTPD's 221 without text", '221 \r\n', [reply('221 ')]],
  [
    'several lines whose middle lines look like replies (RFC 959 §4.2)',
    '123-First\r\nSecond\r\n 234 Third\r\n125 Fourth\r\n123 Last\r\n',
    [reply('123-First', 'Second', ' 234 Third', '125 Fourth', '123 Last')],
  ],
  [
    'a middle line with the same code and a hyphen',
    '220-a\r\n220-b\r\n220 c\r\n',
    [reply('220-a', '220-b', '220 c')],
  ],
  [
    'a middle line with the same code after a space (FEAT, MLST)',
    '211-Features\r\n 211 x\r\n211 End\r\n',
    [reply('211-Features', ' 211 x', '211 End')],
  ],
  [
    'a longer number that begins with the code',
    '230-Hi\r\n2301 files\r\n230 ok\r\n',
    [reply('230-Hi', '2301 files', '230 ok')],
  ],
  ['a last line that is the bare code', '220-a\r\n220\r\n', [reply('220-a', '220')]],
  ['blank lines inside a reply', '220-a\r\n\r\n\r\n220 b\r\n', [reply('220-a', '', '', '220 b')]],
  ['blank lines before a reply', '\r\n\n\r\n220 a\r\n', [reply('220 a')]],
  [
    'two replies in one packet',
    '150 opening\r\n226 done\r\n',
    [reply('150 opening'), reply('226 done')],
  ],
  ['150 twice', '150 a\r\n150 b\r\n226 c\r\n', [reply('150 a'), reply('150 b'), reply('226 c')]],
  ['226 without 150', '226 Transfer complete.\r\n', [reply('226 Transfer complete.')]],
  [
    "Pure-FTPd's 226 to NLST",
    '226-Options: -l \r\n226 3 matches total\r\n',
    [reply('226-Options: -l ', '226 3 matches total')],
  ],
  [
    "Pure-FTPd's 1yz as the last reply of an aborted RETR",
    '150-Accepted data connection\r\n150 0.007 seconds (measured here), 4.52 Mbytes per second\r\n',
    [
      reply(
        '150-Accepted data connection',
        '150 0.007 seconds (measured here), 4.52 Mbytes per second',
      ),
    ],
  ],
  [
    "vsftpd's STAT",
    '211-FTP server status:\r\n     Connected to ::ffff:127.0.0.1\r\n     TYPE: ASCII\r\n     At session startup, client count was 1\r\n211 End of status\r\n',
    [
      reply(
        '211-FTP server status:',
        '     Connected to ::ffff:127.0.0.1',
        '     TYPE: ASCII',
        '     At session startup, client count was 1',
        '211 End of status',
      ),
    ],
  ],
  [
    "OS/400's 229",
    '229 Entering Extended Passive Mode (!!!4711!)\r\n',
    [reply('229 Entering Extended Passive Mode (!!!4711!)')],
  ],
  [
    '227 without parentheses, and with "="',
    '227 Entering Passive Mode 1,2,3,4,5,6\r\n227 =1,2,3,4,5,6\r\n',
    [reply('227 Entering Passive Mode 1,2,3,4,5,6'), reply('227 =1,2,3,4,5,6')],
  ],
  [
    'a 227 of several lines',
    '227-Welcome\r\n227 Entering Passive Mode (1,2,3,4,5,6)\r\n',
    [reply('227-Welcome', '227 Entering Passive Mode (1,2,3,4,5,6)')],
  ],
  [
    'a 229 of several lines',
    '229-Welcome\r\n229 Extended (|||99|)\r\n',
    [reply('229-Welcome', '229 Extended (|||99|)')],
  ],
  [
    'a 213 of several lines to SIZE',
    '213-Size follows\r\n 12345\r\n213 12345\r\n',
    [reply('213-Size follows', ' 12345', '213 12345')],
  ],
  [
    'MLST',
    '250-Listing a b\r\n type=file;size=1; a b\r\n250 End.\r\n',
    [reply('250-Listing a b', ' type=file;size=1; a b', '250 End.')],
  ],
  ['UTF-8', '257 "/é€😀"\r\n', [reply('257 "/é€😀"')]],
  ['bytes that are not UTF-8', Buffer.from('257 "/\xe9"\r\n', 'latin1'), [reply('257 "/é"')]],
  [
    'Telnet commands (RFC 1123 §4.1.2.12)',
    Buffer.from('\xff\xf1220\xff\xfb\x01 \xff\xfd\x18hi\r\n', 'latin1'),
    [reply('220 hi')],
  ],
  ["Telnet's CR NUL (RFC 854)", '220 a\r\0b\r\n', [reply('220 a\rb')]],
  ['a CR inside a line', '220 a\rb\r\n', [reply('220 a\rb')]],
  ['a tab and other control characters', '220 a\tb\x1b[31m\r\n', [reply('220 a\tb\x1b[31m')]],
];

describe('ReplyParser', () => {
  describe.each(CASES)('parses %s', (_title, wire, replies) => {
    const bytes = Buffer.from(wire as string);

    it('in one chunk', () => {
      expect(parse([bytes])).toEqual(replies);
    });

    it('one byte at a time', () => {
      expect(parse(byteByByte(bytes))).toEqual(replies);
    });

    it('split in two at any position', () => {
      for (const chunks of cutsInTwo(bytes)) expect(parse(chunks)).toEqual(replies);
    });
  });

  it('returns the same replies for any segmentation of a dialogue', () => {
    const dialogue = Buffer.concat(CASES.map(([, wire]) => Buffer.from(wire as string)));
    const replies = CASES.flatMap(([, , each]) => each);
    holds(
      fc.property(pieces(dialogue), (chunks) => {
        expect(parse(chunks)).toEqual(replies);
      }),
    );
  });

  it('returns each reply with the chunk that completes it', () => {
    const parsing = parser();
    expect(parsing.push(Buffer.from('220-a\r\n220 b\r'))).toEqual([]);
    expect(parsing.push(Buffer.from('\n331 c'))).toEqual([reply('220-a', '220 b')]);
    expect(parsing.push(Buffer.from('\r\n'))).toEqual([reply('331 c')]);
  });

  const token = fc.oneof(
    fc.constantFrom('220', '2', '-', ' ', '\r\n', '\n', '\0', '\r', '\xff', '\xff\xfb', 'x'),
    fc.string({ maxLength: 5 }),
  );

  it('parses plain lines on the fast path as on the slow path', () => {
    const line = fc.constantFrom('220 ok\r\n', '550 no such\r\n', '22', '220-', '\xff', '\xfb');
    const chunk = fc.oneof(
      line,
      fc.array(token).map((tokens) => tokens.join('')),
    );
    const limits = fc.record({ maxLine: fc.nat(20), maxReply: fc.nat(30) });
    holds(
      fc.property(fc.array(chunk), fc.option(limits), fc.boolean(), (chunks, given, isStrict) => {
        const read = (keepsASCII: boolean) => {
          const options = { strictMultiline: isStrict, keepsASCII: () => keepsASCII };
          const parsing = parser({ ...given, ...options });
          return chunks.map((each) => outcome(() => parsing.push(Buffer.from(each, 'latin1'))));
        };
        expect(read(true)).toEqual(read(false));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([true, false])(
    'counts blank lines towards maxReply of the next reply (fast path: %s)',
    (isPlain) => {
      const parsing = parser({ maxReply: 8, keepsASCII: () => isPlain });
      expect(parsing.push(Buffer.from('\r\n'))).toEqual([]);
      expect(parsing.push(Buffer.from('220 ok\r\n'))).toEqual([reply('220 ok')]);
      expect(parsing.push(Buffer.from('331 ok\r\n'))).toEqual([reply('331 ok')]);
      expect(parsing.push(Buffer.from('\r\n'))).toEqual([]);
      expect(outcome(() => parsing.push(Buffer.from('331 ok.\r\n')))).toMatchObject({
        code: 'ERR_FTP_REPLY_TOO_LARGE',
      });
    },
  );

  it('decodes ASCII bytes with an encoding that is not a superset of ASCII', () => {
    const shifted = { decode: () => '220 shifted', keepsASCII: () => false };
    expect(parse([Buffer.from('331 a\r\n')], shifted)).toEqual([reply('220 shifted')]);
  });

  it('throws nothing but a ProtocolError for any input', () => {
    holds(
      fc.property(fc.array(token, { maxLength: 30 }), fc.boolean(), (tokens, strictMultiline) => {
        const run = () => parse([Buffer.from(tokens.join(''), 'latin1')], { strictMultiline });
        const result = outcome(run);
        expect(Array.isArray(result) || result instanceof ProtocolError).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    'ok',
    '20 ok',
    '2200 ok',
    '220ok',
    '220\tok',
    ' 220 ok',
    '+220 ok',
    '22a ok',
    '٢٢٠ ok',
    '000 ok',
    '099 ok',
    '600 ok',
    '631 MIC of RFC 2228',
    '700 ok',
    '999 ok',
    '-220 ok',
    'SSH-2.0-OpenSSH',
    'HTTP/1.1 400 Bad Request',
    '\x15\x03\x01 a TLS alert',
  ])('rejects %j, which is not a reply', (line) => {
    const wire = Buffer.from(`${line}\r\n`);
    for (const chunks of [[wire], byteByByte(wire)]) {
      expect(() => parse(chunks)).toThrow(ProtocolError);
    }
  });

  it.each(['220 a\0b\r\n', '\u0000220 a\r\n', '220-a\r\nb\0\r\n220 c\r\n', '220 a\0\r\n'])(
    'rejects the NUL in %j',
    (text) => {
      const wire = Buffer.from(text);
      for (const chunks of [[wire], byteByByte(wire)]) {
        expect(() => parse(chunks)).toThrow('NUL');
      }
    },
  );

  it('escapes control characters in the message of its error', () => {
    const error = outcome(() => parse([Buffer.from('\x1b]0;x\x07\x9b1m\u202e\r\n')])) as Error;
    expect(error.message).toBe('Not an FTP reply: \\u001b]0;x\\u0007\\u009b1m\\u202e');
  });

  it('is idle only between replies', () => {
    const parsing = parser();
    expect(parsing.idle).toBe(true);
    parsing.push(Buffer.from('220'));
    expect(parsing.idle).toBe(false);
    parsing.push(Buffer.from('-a\r\n'));
    expect(parsing.idle).toBe(false);
    parsing.push(Buffer.from('220 b\r\n'));
    expect(parsing.idle).toBe(true);
  });

  it.each(['\r', '\n', '\r\n', '\xff', '2'])('is not idle after %j', (rest) => {
    const parsing = parser();
    parsing.push(Buffer.from(`220 b\r\n${rest}`, 'latin1'));
    expect(parsing.idle).toBe(false);
  });

  it('keeps every 0xFF if the server sends it raw in replies', () => {
    const wire = Buffer.from('257 "\xff\xff\xfb\x01"\r\n', 'latin1');
    const decode = codecOf('latin1').decode;
    const telnet = { commands: 'double' as const, replies: 'raw' as const };
    expect(parse([wire], { telnet, decode })).toEqual([reply('257 "\xff\xff\xfb\x01"')]);
    expect(parse([wire], { decode })).toEqual([reply('257 "\xff\xfb\x01"')]);
  });

  describe('with strictMultiline: false', () => {
    const lenient = { strictMultiline: false };
    const wire = Buffer.from('220-Welcome\r\n230 users\r\nx\r\n220 ready\r\n');

    it('ends a reply at any code that is followed by a space, as curl does', () => {
      expect(parse([wire.subarray(0, 24)], lenient)).toEqual([
        { code: 230, lines: ['220-Welcome', '230 users'] },
      ]);
    });

    it('does not affect strict mode, which ends only at the same code', () => {
      expect(parse([wire])).toEqual([reply('220-Welcome', '230 users', 'x', '220 ready')]);
    });

    it('does not end a reply at a line that merely begins with digits', () => {
      const text = '226-a\r\n1234 files\r\n666 x\r\n227-x\r\n 230 x\r\n226 b\r\n';
      expect(parse([Buffer.from(text)], lenient)).toEqual([
        reply('226-a', '1234 files', '666 x', '227-x', ' 230 x', '226 b'),
      ]);
    });
  });

  describe('maxLine and maxReply', () => {
    const limits = { maxLine: 20, maxReply: 60 };
    const tooLarge = expect.objectContaining({
      name: 'ProtocolError',
      code: 'ERR_FTP_REPLY_TOO_LARGE',
    });

    it.each([
      ['a line of exactly maxLine', `220 ${'x'.repeat(16)}\r\n`],
      [
        'a reply of exactly maxReply',
        ['220-aaaaaaaaaaaaaa', '220-bbbbbbbbbbbbbb', '220 cccccccccccccccc', ''].join('\r\n'),
      ],
    ])('allow %s', (_title, text) => {
      const wire = Buffer.from(text);
      for (const chunks of [[wire], byteByByte(wire)])
        expect(parse(chunks, limits)).toHaveLength(1);
    });

    it.each([
      ['a line of one byte more than maxLine', `220 ${'x'.repeat(17)}\r\n`],
      ['a line without end', '2'.repeat(1000)],
      ['a reply with too many lines', `220-${'x\r\n'.repeat(1000)}`],
      ['a reply with too many blank lines', `220-${'\r\n'.repeat(1000)}`],
      ['blank lines without a reply', '\r\n'.repeat(1000)],
      [
        'a reply that exceeds maxReply with its last line',
        `220-x\r\n${`${'x'.repeat(18)}\r\n`.repeat(3)}220 x\r\n`,
      ],
    ])('reject %s', (_title, text) => {
      const wire = Buffer.from(text);
      for (const chunks of [[wire], byteByByte(wire)]) {
        expect(outcome(() => parse(chunks, limits))).toEqual(tooLarge);
      }
    });

    it('apply to each reply separately', () => {
      const wire = Buffer.from('220 0123456789\r\n'.repeat(100));
      expect(parse([wire], limits)).toHaveLength(100);
      expect(parse(byteByByte(wire), limits)).toHaveLength(100);
    });

    it('reject an unfinished reply before the line that exceeds them ends', () => {
      const parsing = parser({ maxLine: 8192, maxReply: 100 });
      parsing.push(Buffer.from(`220-${'x'.repeat(60)}\r\n`));
      expect(() => parsing.push(Buffer.alloc(60, 'x'))).toThrow('exceeds 100 bytes');
    });
  });

  describe.each<[string, (n: number) => Buffer, number]>([
    ['one long line', (n) => Buffer.from(`220 ${'x'.repeat(n)}\r\n`), 1 << 20],
    [
      'many short lines',
      (n) => Buffer.from(`220-a\r\n${'220-\r\n'.repeat(n / 6)}220 b\r\n`),
      1 << 20,
    ],
    [
      'many Telnet commands',
      (n) => Buffer.concat([Buffer.alloc(n, '\xff\xf1', 'latin1'), Buffer.from('220 a\r\n')]),
      1 << 20,
    ],
    ['many CR NUL pairs', (n) => Buffer.from(`220 ${'\r\0'.repeat(n / 2)}\r\n`), 1 << 20],
  ])('takes linear time for %s', (_title, wire, size) => {
    const large = { maxLine: 1 << 22, maxReply: 1 << 22 };
    it.each(['in one chunk', 'in small chunks'])('%s', (how) => {
      const run = (n: number) => {
        const bytes = wire(n);
        const step = how === 'in one chunk' ? bytes.length : 64;
        const chunks: Buffer[] = [];
        for (let i = 0; i < bytes.length; i += step) chunks.push(bytes.subarray(i, i + step));
        return () => parse(chunks, large);
      };
      const small = fastest(run(size / 16));
      expect(fastest(run(size))).toBeLessThan(small * 80 + 50); // linear: 16; quadratic: 256
    });
  });
});
