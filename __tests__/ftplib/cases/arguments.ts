import type { Call, Case } from '../trace';

const BREAKS: readonly (readonly [string, string])[] = [
  ['CR', '\r'],
  ['LF', '\n'],
  ['CRLF', '\r\nDELE b'],
  ['NUL', '\0'],
];

/** A call with each of the characters that end a command. */
function broken(make: (text: string) => Call): Case[] {
  return BREAKS.map(([name, text]) => ({
    name: `${name} in ${make('x')[0]}`,
    calls: [make(`a${text}`), ['pwd']],
  }));
}

export const ARGUMENTS: readonly Case[] = [
  ...broken((text) => ['sendcmd', `DELE ${text}`]),
  ...broken((text) => ['cwd', text]),
  ...broken((text) => ['login', 'user', text]),
  ...broken((text) => ['rename', 'a', text]),
  ...broken((text) => ['retrbinary', `RETR ${text}`]),
  ...broken((text) => ['storbinary', `STOR ${text}`, 'hello']),
  ...broken((text) => ['nlst', text]),
  ...broken((text) => ['mlsd', '', [text]]),
  { name: 'a blocksize of 0', calls: [['retrbinary', 'RETR a', 0], ['pwd']] },
  { name: 'a negative blocksize', calls: [['retrbinary', 'RETR a', -1], ['pwd']] },
  { name: 'a negative rest', calls: [['retrbinary', 'RETR a', 8192, -1], ['pwd']] },
  { name: 'a rest that is no number', calls: [['retrbinary', 'RETR a', 8192, 'x'], ['pwd']] },
  { name: 'a string to upload', calls: [['storbinary_of', 'STOR a', 'hello'], ['pwd']] },
  { name: 'nothing to upload', calls: [['storbinary_of', 'STOR a', null], ['pwd']] },
  { name: 'a number for a path', calls: [['cwd', 5], ['pwd']] },
  { name: 'a number for a command', calls: [['sendcmd', 5], ['pwd']] },
  { name: 'nothing for a path', calls: [['delete', null], ['pwd']] },
];
