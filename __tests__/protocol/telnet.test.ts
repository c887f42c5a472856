import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  ConnectionTelnet,
  escapeIac,
  TelnetDecoder,
  telnetRuleOf,
} from '../../lib/protocol/telnet';
import { byteByByte, cutsInTwo, holds, pieces } from './helpers';

const decode = (chunks: readonly Buffer[]) => {
  const decoder = new TelnetDecoder();
  return Buffer.concat(chunks.map((chunk) => decoder.push(chunk)));
};

// biome-ignore format: a table
const CASES: [title: string, wire: number[], data: number[]][] = [
  ['data without Telnet',       [0x61, 0x0d, 0x0a],                   [0x61, 0x0d, 0x0a]],
  ['IAC IAC',                   [0x61, 0xff, 0xff, 0x62],             [0x61, 0xff, 0x62]],
  ['IAC WILL x',                [0x61, 0xff, 0xfb, 0x01, 0x62],       [0x61, 0x62]],
  ['IAC WONT x',                [0xff, 0xfc, 0x01, 0x62],             [0x62]],
  ['IAC DO x',                  [0xff, 0xfd, 0x18, 0x62],             [0x62]],
  ['IAC DONT x',                [0xff, 0xfe, 0xff, 0x62],             [0x62]],
  ['IAC NOP',                   [0x61, 0xff, 0xf1, 0x62],             [0x61, 0x62]],
  ['IAC DM, the Synch of ABOR', [0xff, 0xf4, 0xff, 0xf2, 0x32],       [0x32]],
  ['a single 0xFF in a name',   [0x61, 0xff, 0x62, 0x0a],             [0x61, 0xff, 0x62, 0x0a]],
  ['0xFF before a line end',    [0x61, 0xff, 0x0d, 0x0a],             [0x61, 0xff, 0x0d, 0x0a]],
  ['IAC and a byte that is not a command', [0xff, 0xef],               [0xff, 0xef]],
  ['IAC IAC IAC WILL x',        [0xff, 0xff, 0xff, 0xfb, 0x03, 0x61], [0xff, 0x61]],
];

describe('TelnetDecoder', () => {
  describe.each(CASES)('decodes %s', (_title, wire, data) => {
    const bytes = Buffer.from(wire);

    it('in one chunk', () => {
      expect([...decode([bytes])]).toEqual(data);
    });

    it('one byte at a time', () => {
      expect([...decode(byteByByte(bytes))]).toEqual(data);
    });

    it('split in two at any position', () => {
      for (const chunks of cutsInTwo(bytes)) expect([...decode(chunks)]).toEqual(data);
    });
  });

  it('decodes what escapeIac encodes, in any segmentation (RFC 854)', () => {
    const cut = fc
      .uint8Array({ maxLength: 60 })
      .chain((data) =>
        fc.tuple(fc.constant(Buffer.from(data)), pieces(Buffer.from(escapeIac(data)))),
      );
    holds(
      fc.property(cut, ([data, chunks]) => {
        expect(decode(chunks)).toEqual(data);
      }),
    );
  });

  it('never throws, and never returns more bytes than it received', () => {
    holds(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decode([Buffer.from(bytes)]).length).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});

describe('escapeIac', () => {
  it('doubles each 0xFF and nothing else (RFC 3659 §2.2)', () => {
    const escaped = escapeIac(Buffer.from([0x61, 0xff, 0xfe, 0xff]));
    expect([...escaped]).toEqual([0x61, 0xff, 0xff, 0xfe, 0xff, 0xff]);
  });
});

describe('telnetRuleOf', () => {
  // biome-ignore format: a table
  it.each<[greeting: string, commands: string, replies: string]>([
    ['220 (vsFTPd 3.0.3)',                                             'raw',    'double'],
    ['220 ProFTPD Server (ftpipe) [127.0.0.1]',                        'double', 'raw'],
    ['220 ProFTPD 1.3.8 Server (mirror of a vsftpd) [::1]',            'double', 'raw'],
    ['220---------- Welcome to Pure-FTPd [privsep] [TLS] ----------\n220 You will be', 'raw', 'raw'],
    ['220 pyftpdlib 1.5.7 ready.',                                     'raw',    'raw'],
    ['220 Microsoft FTP Service',                                      'double', 'double'],
    ['220 notvsftpdatall',                                             'double', 'double'],
    ['220 Ready.',                                                     'double', 'double'],
  ])('recognizes the server by its greeting: %s', (greeting, commands, replies) => {
    expect(telnetRuleOf(greeting)).toEqual({ commands, replies });
  });
});

describe('ConnectionTelnet', () => {
  it('follows RFC 854 before the greeting, and the rules of the server after it', () => {
    const { commands, replies } = new ConnectionTelnet();
    expect([commands, replies]).toEqual(['double', 'double']);
    const telnet = new ConnectionTelnet();
    telnet.noteGreeting('220 (vsFTPd 3.0.3)');
    expect([telnet.commands, telnet.replies]).toEqual(['raw', 'double']);
  });

  it.each(['double', 'raw'] as const)('keeps to the override %j in both directions', (override) => {
    const telnet = new ConnectionTelnet(override);
    telnet.noteGreeting('220 (vsFTPd 3.0.3)');
    expect([telnet.commands, telnet.replies]).toEqual([override, override]);
  });
});
