import { describe, expect, it } from '@jest/globals';
import {
  answersKeepAlive,
  refusedDuringTransfer,
  supportsKeepAlive,
} from '../../lib/protocol/keep-alive';
import { reply } from './helpers';

it.each([
  ['220 (vsFTPd 3.0.3)', true],
  ['220 ProFTPD Server (Debian) [::ffff:127.0.0.1]', true],
  ['220 pyftpdlib 1.5.7 ready.', true],
  ['220 Ready.', true],
  ['220---------- Welcome to Pure-FTPd [privsep] [TLS] ----------', false],
])(
  'supportsKeepAlive: a server with the greeting %p accepts NOOP during a transfer: %p',
  (greeting, expected) => {
    expect(supportsKeepAlive(greeting)).toBe(expected);
  },
);

// biome-ignore format: a table
describe.each<[string, boolean, string | undefined]>([
  ['200 NOOP ok.',                          true,  undefined],
  ['450 NOOP: data transfer in progress',   true,  'NOOP'],
  ['450 EPSV: data transfer in progress',   false, 'EPSV'],
  ['450-NOOP: data transfer in progress',   true,  'NOOP'],
  ['500 Unknown command',                   true,  undefined],
  ['501 Not now',                           true,  undefined],
  ['502 No NOOP here',                      true,  undefined],
  ['503 A transfer runs',                   true,  undefined],
  ['450 No such file',                      false, undefined],
  ['450 NOOP.txt: Permission denied',       false, undefined],
  ['226 Done',                              false, undefined],
  ['250 Done',                              false, undefined],
  ['426 Broken',                            false, undefined],
  ['451 Local error',                       false, undefined],
  ['550 Gone',                              false, undefined],
  ['552 Full',                              false, undefined],
  ['150 Here it comes',                     false, undefined],
])('a reply "%s" during a transfer', (text, answers, refused) => {
  it(answers ? 'answers NOOP' : 'does not answer NOOP', () => {
    expect(answersKeepAlive(reply(text))).toBe(answers);
  });

  it(refused ? `rejects ${refused}` : 'names no command that it rejects', () => {
    expect(refusedDuringTransfer(reply(text))).toBe(refused);
  });
});
