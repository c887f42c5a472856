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

/** How the server ends the session. */
const ENDS: readonly (readonly [string, readonly Step[]])[] = [
  ['control connection closed', [close]],
  ['control connection reset', [reset]],
  ['421 and control connection closed', [GOING, close]],
  ['421 and control connection left open', [GOING]],
];

function at(
  verb: string,
  call: readonly [string, ...unknown[]],
  before: readonly Step[] = [],
): Case[] {
  return ENDS.map(([name, steps]) => ({
    name: `${name} ${before.length > 0 ? 'during' : 'at'} ${verb}`,
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
      name: `${name} during a download, then data connection closed`,
      script: { RETR: ['150 go', dataLeftOpen('hello'), ...steps, endData] },
      calls: [download, ['pwd']],
    }),
  ),
  ...ENDS.slice(0, 2).map(
    ([name, steps]): Case => ({
      name: `${name} during an upload`,
      script: { STOR: ['150 go', receiveSome(1000), ...steps] },
      calls: [['storbinary', 'STOR a', 'x'.repeat(20_000_000)], ['pwd']],
      timeout: 250,
    }),
  ),
  ...ENDS.slice(2).map(
    ([name, steps]): Case => ({
      name: `${name} during an upload, then data connection reset`,
      script: { STOR: ['150 go', receiveSome(1000), ...steps, resetData] },
      calls: [['storbinary', 'STOR a', 'x'.repeat(20_000_000)], ['pwd']],
    }),
  ),
  {
    name: 'control connection closed after 226',
    script: { RETR: ['150 go', data('hello'), '226 done', close] },
    calls: [download, ['pwd']],
  },
  {
    name: 'control connection closed inside a multi-line reply',
    script: { NOOP: ['200-one', close] },
    calls: [['voidcmd', 'NOOP']],
  },
  {
    name: 'control connection closed inside a line',
    script: { NOOP: [{ raw: '200 on' }, close] },
    calls: [['voidcmd', 'NOOP']],
  },
];
