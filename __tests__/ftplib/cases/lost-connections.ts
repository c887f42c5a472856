import {
  close,
  data,
  dataLeftOpen,
  endData,
  receive,
  receiveSome,
  reset,
  resetData,
  type Step,
} from '../dialogue-server';
import type { Case } from '../trace';

const GOING = '421 going down';
const download = ['retrbinary', 'RETR a'] as const;
const upload = ['storbinary', 'STOR a', 'hello'] as const;

/** What the server does, and how it is called. */
const ENDS: readonly (readonly [string, readonly Step[]])[] = [
  ['closed', [close]],
  ['reset', [reset]],
  ['421 and closed', [GOING, close]],
  ['421 and open', [GOING]],
];

function at(
  verb: string,
  call: readonly [string, ...unknown[]],
  before: readonly Step[] = [],
): Case[] {
  return ENDS.map(([name, steps]) => ({
    name: `${name} ${before.length > 0 ? 'in the middle of' : 'at'} ${verb}`,
    script: { [verb]: [...before, ...steps] },
    calls: [call, ['pwd']],
  }));
}

export const LOST_CONNECTIONS: readonly Case[] = [
  ...at('greeting', ['getwelcome']),
  ...at('NOOP', ['voidcmd', 'NOOP']),
  ...at('PWD', ['pwd']),
  ...at('CDUP', ['cwd', '..']),
  ...at('RNFR', ['rename', 'a', 'b']),
  ...at('RNTO', ['rename', 'a', 'b']),
  ...at('SIZE', ['size', 'a']),
  ...at('QUIT', ['quit']),
  ...at('ABOR', ['abort']),
  ...at('TYPE', download),
  ...at('EPSV', download).map(
    (each): Case => ({ ...each, name: `${each.name}, over IPv6`, family: 6 }),
  ),
  ...at('REST', ['retrbinary', 'RETR a', 8192, 100]),
  ...at('RETR', download),
  ...at('STOR', upload),
  ...at('NLST', ['nlst']),
  ...at('MLSD', ['mlsd']),
  ...ENDS.map(
    ([name, steps]): Case => ({
      name: `${name} instead of 226, after a download`,
      script: { RETR: ['150 go', data('hello'), ...steps] },
      calls: [download, ['pwd']],
    }),
  ),
  ...ENDS.map(
    ([name, steps]): Case => ({
      name: `${name} instead of 226, after an upload`,
      script: { STOR: ['150 go', receive, ...steps] },
      calls: [upload, ['pwd']],
    }),
  ),
  ...ENDS.map(
    ([name, steps]): Case => ({
      name: `${name} in the middle of a download, and its data ends`,
      script: { RETR: ['150 go', dataLeftOpen('hello'), ...steps, endData] },
      calls: [download, ['pwd']],
    }),
  ),
  ...ENDS.slice(0, 2).map(
    ([name, steps]): Case => ({
      name: `${name} in the middle of an upload`,
      script: { STOR: ['150 go', receiveSome(1000), ...steps] },
      calls: [['storbinary', 'STOR a', 'x'.repeat(20_000_000)], ['pwd']],
      timeout: 250,
    }),
  ),
  ...ENDS.slice(2).map(
    ([name, steps]): Case => ({
      name: `${name} in the middle of an upload, and its data breaks`,
      script: { STOR: ['150 go', receiveSome(1000), ...steps, resetData] },
      calls: [['storbinary', 'STOR a', 'x'.repeat(20_000_000)], ['pwd']],
    }),
  ),
  {
    name: 'closed after 226',
    script: { RETR: ['150 go', data('hello'), '226 done', close] },
    calls: [download, ['pwd']],
  },
  {
    name: 'closed in the middle of a reply',
    script: { NOOP: ['200-one', close] },
    calls: [['voidcmd', 'NOOP']],
  },
  {
    name: 'closed in the middle of a line',
    script: { NOOP: [{ raw: '200 on' }, close] },
    calls: [['voidcmd', 'NOOP']],
  },
];
