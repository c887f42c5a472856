import { close, silence, turns } from '../dialogue-server';
import type { Case } from '../trace';

export const RAW_COMMANDS: readonly Case[] = [
  ...[
    '200 ok',
    '331 more',
    '450 no',
    '550 no',
    '099 odd',
    '600 odd',
    '999 odd',
    '2x0 odd',
    'hello',
    '20 short',
    '2',
  ].map(
    (reply): Case => ({
      name: `sendcmd, answered "${reply}"`,
      script: { NOOP: reply },
      calls: [
        ['sendcmd', 'NOOP'],
        ['get', 'lastresp'],
      ],
    }),
  ),
  ...['200 ok', '250', '331 more', '450 no', '550 no'].map(
    (reply): Case => ({
      name: `voidcmd, answered "${reply}"`,
      script: { NOOP: reply },
      calls: [['voidcmd', 'NOOP'], ['get', 'lastresp'], ['pwd']],
    }),
  ),
  {
    name: 'sendcmd, answered 1yz, then voidresp for the 2yz',
    script: { SITE: ['150 working', '200 worked'] },
    calls: [['sendcmd', 'SITE WORK'], ['voidresp'], ['pwd']],
  },
  {
    name: 'sendcmd, answered 1yz, then voidresp for the 5yz',
    script: { SITE: ['150 working', '550 failed'] },
    calls: [['sendcmd', 'SITE WORK'], ['voidresp'], ['pwd']],
  },
  {
    name: 'sendcmd, answered 1yz, then voidresp for the 3yz',
    script: { SITE: ['150 working', '350 more'] },
    calls: [['sendcmd', 'SITE WORK'], ['voidresp'], ['pwd']],
  },
  {
    name: 'sendcmd, answered 1yz, then another command without voidresp',
    script: { SITE: ['150 working', '200 worked'] },
    calls: [['sendcmd', 'SITE WORK'], ['pwd'], ['pwd']],
  },
  {
    name: 'voidcmd, answered 1yz',
    script: { SITE: ['150 working', '200 worked'] },
    calls: [['voidcmd', 'SITE WORK'], ['pwd']],
  },
  { name: 'voidresp without a pending reply', calls: [['voidresp']], timeout: 250 },
  {
    name: 'a command that is not answered',
    script: { NOOP: silence },
    calls: [['voidcmd', 'NOOP'], ['pwd']],
    timeout: 250,
  },
  {
    name: 'a command, answered by closing the control connection',
    script: { NOOP: close },
    calls: [['voidcmd', 'NOOP'], ['pwd']],
  },
  {
    name: 'a command with surrounding spaces',
    calls: [['sendcmd', '  NOOP  ']],
    script: { '  NOOP  ': '200 ok' },
  },
  { name: 'a command in lower case', calls: [['sendcmd', 'noop']] },
  { name: 'an empty command', calls: [['sendcmd', '']] },
  {
    name: 'a non-ASCII command',
    calls: [['sendcmd', 'SITE ä€😀']],
    script: { SITE: '200 ä€😀' },
  },
  {
    name: 'a non-ASCII reply in latin1',
    encoding: 'latin1',
    calls: [['sendcmd', 'SITE x']],
    script: { SITE: { raw: Buffer.from('200 \xe4\xf6\r\n', 'latin1') } },
  },
  {
    name: 'a command that cannot be encoded',
    encoding: 'latin1',
    calls: [['sendcmd', 'SITE €'], ['pwd']],
  },
  {
    name: 'two replies to one command',
    script: { NOOP: turns(['200 one', '200 two'], '200 three') },
    calls: [
      ['voidcmd', 'NOOP'],
      ['voidcmd', 'NOOP'],
    ],
  },
];
