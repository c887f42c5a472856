import { raw, type Step } from '../dialogue-server';
import type { Case } from '../trace';

function answered(name: string, ...steps: Step[]): Case {
  return {
    name,
    script: { STAT: steps },
    calls: [['sendcmd', 'STAT'], ['get', 'lastresp'], ['pwd']],
  };
}

export const REPLY_TEXT: readonly Case[] = [
  answered('a multi-line reply', '211-Status:', ' all well', '211 end'),
  answered(
    'lines that begin with another code',
    '211-Status:',
    '212 not the end',
    '212-nor this',
    '550 nor this',
    '211 end',
  ),
  answered(
    'lines that begin with the same code and a hyphen',
    '211-Status:',
    '211-more',
    '211 end',
  ),
  answered(
    'lines that begin with a space and the code',
    '211-Status:',
    ' 211 not the end',
    '211 end',
  ),
  answered(
    'lines that begin with the code without a space',
    '211-Status:',
    '2110 not the end',
    '211 end',
  ),
  answered(
    'lines that begin with the code and a tab',
    '211-Status:',
    '211\tnot the end',
    '211 end',
  ),
  answered('a last line with only the code', '211-Status:', '211'),
  answered('an empty line inside a reply', '211-Status:', '', 'more', '211 end'),
  answered('a multi-line 550', '550-No', ' and no', '550 really no'),
  answered('a multi-line 450', '450-No', '450 really no'),
  answered('tabs and trailing spaces', '211 \ta\t '),
  answered('only the code', '211'),
  answered('the code and a space', '211 '),
  answered('the code and another character', '211:hello'),
  answered('an empty line before the reply', '', '211 end'),
  answered('bare line feeds', raw('211-Status:\n more\n211 end\n')),
  answered('line feeds and CRLF mixed', raw('211-Status:\n more\r\n211 end\n')),
  { ...answered('bare carriage returns', raw('211-Status:\r more\r211 end\r\n')), timeout: 250 },
  answered('a carriage return in a line', raw('211 one\rtwo\r\n')),
  answered('two carriage returns before the line feed', raw('211 one\r\r\n')),
  answered('a NUL', raw('211 a\0b\r\n')),
  answered('other control characters', raw('211 a\x01\x1b[31mb\x7f\r\n')),
  answered('a 550 with control characters', raw('550 a\x01\x1b[31mb\x7f\r\n')),
  answered('Unicode line separators', raw('211 a\u2028b\u0085c\u000bd\u000ce\r\n')),
  answered('UTF-8', raw('211 ä€😀\r\n')),
  answered('a byte order mark', raw('\ufeff211 hello\r\n')),
  answered('bytes that are not UTF-8', raw(Buffer.from('211 \xe4\xf6\r\n', 'latin1'))),
  answered('a Telnet command', raw(Buffer.from('211 a\xff\xfb\x01b\r\n', 'latin1'))),
  answered('a line of 8000 bytes', `211 ${'x'.repeat(7996)}`),
  answered('a line of 8191 bytes', `211 ${'x'.repeat(8187)}`),
  answered('a line of 8192 bytes', `211 ${'x'.repeat(8188)}`),
  answered('a line of 8193 bytes', `211 ${'x'.repeat(8189)}`),
  answered('a line of 100000 bytes', `211 ${'x'.repeat(99_996)}`),
  answered('a 550 of 8000 bytes', `550 ${'x'.repeat(7996)}`),
  answered('a line of 5000 characters and 10000 bytes', `211 ${'ä'.repeat(4996)}`),
  answered('a reply of 60 KiB', '211-', ...Array<string>(60).fill('x'.repeat(1000)), '211 end'),
  answered('a reply of 100 KiB', '211-', ...Array<string>(100).fill('x'.repeat(1022)), '211 end'),
  {
    name: 'a lower maxline',
    script: { STAT: `211 ${'x'.repeat(96)}` },
    calls: [['set', 'maxline', 50], ['close'], ['connect'], ['sendcmd', 'STAT']],
  },
];
