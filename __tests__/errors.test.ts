import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import {
  argumentError,
  BusyError,
  ConnectionError,
  type ErrorContext,
  FTPError,
  PermanentReplyError,
  ProtocolError,
  printable,
  ReplyError,
  replyError,
  TimeoutError,
  TransferError,
  TransientReplyError,
} from '../lib/errors';

const reply = (...lines: string[]) => ({ code: Number((lines[0] as string).slice(0, 3)), lines });

const CONTEXT = {
  command: 'RETR a',
  phase: 'data',
  reply: reply('426 reset'),
  bytesTransferred: 7,
  dataComplete: false,
  connectionUsable: true,
  cause: new Error('why'),
} satisfies ErrorContext;

// biome-ignore format: a table
const FAMILY: [
  Class: new (...args: never[]) => FTPError,
  code: string,
  make: (context?: ErrorContext) => FTPError,
  parents: (new (...args: never[]) => unknown)[],
  usable: boolean,
][] = [
  [FTPError,            'ERR_FTP',                 (c) => new FTPError('x', c),                              [Error],                false],
  [ReplyError,          'ERR_FTP_REPLY',           (c) => new ReplyError(reply('350 x'), c),                 [FTPError],             true],
  [TransientReplyError, 'ERR_FTP_REPLY_TRANSIENT', (c) => new TransientReplyError(reply('450 x'), c),        [ReplyError, FTPError], true],
  [PermanentReplyError, 'ERR_FTP_REPLY_PERMANENT', (c) => new PermanentReplyError(reply('550 x'), c),        [ReplyError, FTPError], true],
  [ProtocolError,       'ERR_FTP_PROTOCOL',        (c) => new ProtocolError('x', c),                         [FTPError],             false],
  [ProtocolError,       'ERR_FTP_REPLY_TOO_LARGE', (c) => new ProtocolError('x', c, 'ERR_FTP_REPLY_TOO_LARGE'), [FTPError],          false],
  [ConnectionError,     'ERR_FTP_CONNECTION',      (c) => new ConnectionError('x', c),                       [FTPError],             false],
  [TimeoutError,        'ERR_FTP_TIMEOUT',         (c) => new TimeoutError('x', c),                          [FTPError],             false],
  [TransferError,       'ERR_FTP_TRANSFER',        (c) => new TransferError('x', c),                         [FTPError],             true],
  [TransferError,       'ERR_FTP_SIZE_MISMATCH',   (c) => new TransferError('x', c, 'ERR_FTP_SIZE_MISMATCH'), [FTPError],            true],
  [BusyError,           'ERR_FTP_BUSY',            (c) => new BusyError('x', c),                             [FTPError],             false],
];

describe.each(FAMILY)('%p %s', (Class, code, make, parents, usable) => {
  it('has the documented classes, code and connectionUsable', () => {
    const error = make();
    for (const Parent of [Class, ...parents, Error]) expect(error).toBeInstanceOf(Parent);
    expect(error).toMatchObject({ code, name: Class.name });
    expect(error.connectionUsable).toBe(usable);
  });

  it('shows its name in its text, in its stack and when inspected', () => {
    const error = make();
    expect(String(error)).toMatch(new RegExp(`^${Class.name}: `));
    expect(error.stack).toMatch(new RegExp(`^${Class.name}: `));
    expect(inspect(error)).toContain(Class.name);
  });

  it('keeps all of the context that it is given', () => {
    const error = make(CONTEXT);
    const isReply = error instanceof ReplyError;
    expect(error).toMatchObject(isReply ? { ...CONTEXT, reply: error.reply } : CONTEXT);
  });

  it('has no property without a value', () => {
    const keys = Object.keys(make({ command: undefined, phase: undefined, cause: undefined }));
    const expected = ['code', 'connectionUsable'];
    if (make() instanceof ReplyError) expected.push('reply');
    expect(keys.sort()).toEqual(expected.sort());
    expect('cause' in make()).toBe(false);
  });

  it('accepts connectionUsable: false', () => {
    expect(make({ connectionUsable: false }).connectionUsable).toBe(false);
  });
});

describe('ReplyError', () => {
  it("begins with the text of the reply, like ftplib's", () => {
    expect(new ReplyError(reply('550 No such file')).message).toBe('550 No such file');
    const error = new ReplyError(reply('550-No', '550 such'), { command: 'RETR /x' });
    expect(error.message).toBe('550-No\\n550 such (RETR /x)');
    expect(error.reply.lines).toEqual(['550-No', '550 such']);
  });

  it('marks the connection as unusable after a 421 (RFC 959 §5.4)', () => {
    expect(new TransientReplyError(reply('421 bye')).connectionUsable).toBe(false);
    expect(new TransientReplyError(reply('426 x')).connectionUsable).toBe(true);
  });
});

describe('replyError', () => {
  it.each([
    [150, ReplyError],
    [226, ReplyError],
    [350, ReplyError],
    [399, ReplyError],
    [400, TransientReplyError],
    [499, TransientReplyError],
    [500, PermanentReplyError],
    [599, PermanentReplyError],
  ])('turns a %i into a %p', (code, Class) => {
    const error = replyError(reply(`${code} x`), { command: 'NOOP' });
    expect(error.constructor).toBe(Class);
    expect(error.command).toBe('NOOP');
  });
});

describe('argumentError', () => {
  it.each([TypeError, RangeError])("creates a %p with a code in Node's style", (Class) => {
    const error = argumentError<TypeError | RangeError>(Class, 'ERR_OUT_OF_RANGE', 'a\nb');
    expect(error).toBeInstanceOf(Class);
    expect(error).toMatchObject({ code: 'ERR_OUT_OF_RANGE', message: 'a\\nb' });
    expect(error).not.toBeInstanceOf(FTPError);
  });
});

describe('printable', () => {
  // biome-ignore format: a table
  it.each<[string, string, string]>([
    ['plain text',           'é日😀 "x" \\',        'é日😀 "x" \\'],
    ['line ends and tabs',   'a\r\nb\tc',          'a\\r\\nb\\tc'],
    ['an escape sequence',   '\x1b]0;x\x07',       '\\u001b]0;x\\u0007'],
    ['C1',                   'a\x9b1mb\x85',       'a\\u009b1mb\\u0085'],
    ['DEL and NUL',          '\x7f\0',             '\\u007f\\u0000'],
    ['bidirectional controls', '\u202ea\u2066\u200f', '\\u202ea\\u2066\\u200f'],
    ['Unicode line ends',      'a\u2028b\u2029',     'a\\u2028b\\u2029'],
  ])('returns safe text for %s', (_title, text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it.each([
    ['512 characters', 'x'.repeat(512), 512],
    ['513 characters', 'x'.repeat(513), 512],
    ['4 Mi characters', 'x'.repeat(1 << 22), 512],
    ['4 Mi characters that grow when escaped', '\0'.repeat(1 << 22), 512],
  ])('limits %s to 512 characters', (_title, text, length) => {
    const shown = printable(text);
    expect(shown).toHaveLength(length);
    expect(shown.endsWith('...')).toBe(shown !== text);
  });

  it('is applied to the message of every error', () => {
    const hostile = `550 \x1b[2J\r\n220 forged\u202e${'x'.repeat(10_000)}`;
    for (const error of [
      new FTPError(hostile),
      new ReplyError(reply(hostile)),
      new ConnectionError(hostile),
      argumentError(TypeError, 'X', hostile),
    ]) {
      expect(error.message.length).toBeLessThanOrEqual(512);
      expect(error.message).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
    }
  });
});

it('appends a hint to the message of a reply error', () => {
  const error = replyError(reply('425 no'), { command: 'RETR a', hint: 'try something else' });
  expect(error.message).toBe('425 no (RETR a): try something else');
  expect(error).not.toHaveProperty('hint');
  expect(replyError(reply('425 no'), { command: 'RETR a' }).message).toBe('425 no (RETR a)');
});
