import type { Call, Case } from '../trace';

const INJECTIONS: readonly (readonly [string, string])[] = [
  ['CR', '\r'],
  ['LF', '\n'],
  ['CRLF', '\r\nDELE b'],
  ['NUL', '\0'],
];

/** A call with each of the characters that end a command, or that some servers stop at. */
function injected(make: (text: string) => Call): Case[] {
  return INJECTIONS.map(([name, text]) => ({
    name: `${name} in ${make('x')[0]}`,
    calls: [make(`a${text}`), ['pwd']],
  }));
}

export const ARGUMENTS: readonly Case[] = [
  ...injected((text) => ['sendcmd', `DELE ${text}`]),
  ...injected((text) => ['cwd', text]),
  ...injected((text) => ['login', 'user', text]),
  ...injected((text) => ['rename', 'a', text]),
  ...injected((text) => ['retrbinary', `RETR ${text}`]),
  ...injected((text) => ['storbinary', `STOR ${text}`, 'hello']),
  ...injected((text) => ['nlst', text]),
  ...injected((text) => ['mlsd', '', [text]]),
  { name: 'a blocksize of 0', calls: [['retrbinary', 'RETR a', 0], ['pwd']] },
  { name: 'a negative blocksize', calls: [['retrbinary', 'RETR a', -1], ['pwd']] },
  { name: 'a negative rest', calls: [['retrbinary', 'RETR a', 8192, -1], ['pwd']] },
  { name: 'a rest that is not a number', calls: [['retrbinary', 'RETR a', 8192, 'x'], ['pwd']] },
  { name: 'a string to upload', calls: [['storbinary_of', 'STOR a', 'hello'], ['pwd']] },
  { name: 'null to upload', calls: [['storbinary_of', 'STOR a', null], ['pwd']] },
  { name: 'a number as a path', calls: [['cwd', 5], ['pwd']] },
  { name: 'a number as a command', calls: [['sendcmd', 5], ['pwd']] },
  { name: 'null as a path', calls: [['delete', null], ['pwd']] },
];
