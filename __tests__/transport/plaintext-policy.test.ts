import { expect, it } from '@jest/globals';
import { codecOf } from '../../lib/protocol/codec';
import { command } from '../../lib/protocol/command';
import type { PlaintextPolicy } from '../../lib/protocol/commands';
import { plaintextRefusal } from '../../lib/transport/control/control-connection';

const ENCODING = { codec: codecOf('utf8') };
const VERBS = [
  'AUTH',
  'FEAT',
  'HOST',
  'QUIT',
  'NOOP',
  'PWD',
  'RETR',
  'STOR',
  'PROT',
  'USER',
  'PASS',
  'ACCT',
  'ADAT',
  'XYZZY',
];

// biome-ignore format: a table
it.each<[PlaintextPolicy, string[]]>([
  ['all',            VERBS],
  ['no credentials', VERBS.filter((verb) => !['USER', 'PASS', 'ACCT', 'ADAT'].includes(verb))],
  ['require-tls',    ['AUTH', 'FEAT', 'HOST', 'QUIT']],
])('%s allows in plaintext: %j', (clearance, allowed) => {
  const sent = VERBS.filter((verb) => !plaintextRefusal(command(ENCODING, verb, 'c4n4ry'), clearance));
  expect(sent).toEqual(allowed);
});

it('names the command, but not its argument', () => {
  const refusal = plaintextRefusal(command(ENCODING, 'pass', 'c4n4ry'), 'require-tls');
  expect(refusal).toMatchObject({ phase: 'secure', connectionUsable: true, command: 'pass ****' });
  expect(refusal?.message).not.toContain('c4n4ry');
});
