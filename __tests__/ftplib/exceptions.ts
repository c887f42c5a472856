import { type Differing, fails, gives } from './trace';

/**
 * The cases in which ftpipe does otherwise than ftplib, by table and name, and what it does
 * instead.
 */
export const EXCEPTIONS: Readonly<Record<string, Readonly<Record<string, Differing>>>> = {
  'connect, quit, close': {
    'a greeting that asks for something': {
      because: 'a greeting is a 2yz',
      outcomes: { 0: fails('error_reply', '331 hello') },
    },
    'a greeting of 120, and its 220': {
      because: 'the greeting after a 120',
      outcomes: { 0: gives('220 ready'), 1: gives('/') },
    },
    'a greeting that is no reply': {
      because: 'three digits and a space',
      outcomes: { 0: fails('error_proto', 'Not an FTP reply: SSH-2.0-OpenSSH_9.2') },
    },
    'quit, refused for good': {
      because: 'quit always closes',
      outcomes: { 2: fails('ConnectionError') },
      commands: ['QUIT'],
    },
    'quit, refused for now': {
      because: 'quit always closes',
      outcomes: { 2: fails('ConnectionError') },
      commands: ['QUIT'],
    },
    'quit, answered by 3yz': {
      because: 'quit always closes',
      outcomes: { 2: fails('ConnectionError') },
      commands: ['QUIT'],
    },
    'a command after quit': {
      because: 'closed clients reject',
      outcomes: { 2: fails('ConnectionError') },
    },
    'a command after close': {
      because: 'closed clients reject',
      outcomes: { 3: fails('ConnectionError') },
    },
  },
  login: {
    'a user who needs no password: 220': {
      because: 'an odd answer is proved by NOOP',
      commands: ['USER user', 'NOOP'],
    },
    '332 after USER': {
      because: 'login by RFC 959',
      outcomes: { 1: gives('230 account taken') },
      commands: ['USER user', 'ACCT project'],
    },
    '331 after PASS': {
      because: 'login by RFC 959',
      outcomes: { 1: fails('error_reply', '331 once more') },
      commands: ['USER user', 'PASS secret'],
    },
    '530 after ACCT': {
      because: 'secrets are masked in replies',
      outcomes: { 1: fails('error_perm', '530 **** x') },
    },
    '120 after USER': {
      because: 'several preliminary replies',
      outcomes: { 1: gives('230 logged in'), 2: gives('/') },
      commands: ['USER user', 'PASS secret', 'PWD'],
    },
    'the password in the reply': {
      because: 'secrets are masked in replies',
      outcomes: { 1: fails('error_perm', '530 **** is wrong') },
    },
  },
  'sendcmd, voidcmd, voidresp': {
    'sendcmd, answered "099 odd"': {
      because: 'three digits and a space',
      outcomes: { 1: fails('error_proto', 'Not an FTP reply: 099 odd'), 2: gives('220') },
    },
    'sendcmd, answered "600 odd"': {
      because: 'three digits and a space',
      outcomes: { 1: fails('error_proto', 'Not an FTP reply: 600 odd'), 2: gives('220') },
    },
    'sendcmd, answered "999 odd"': {
      because: 'three digits and a space',
      outcomes: { 1: fails('error_proto', 'Not an FTP reply: 999 odd'), 2: gives('220') },
    },
    'sendcmd, answered "2x0 odd"': {
      because: 'three digits and a space',
      outcomes: { 1: fails('error_proto', 'Not an FTP reply: 2x0 odd'), 2: gives('220') },
    },
    'sendcmd, answered "hello"': {
      because: 'three digits and a space',
      outcomes: { 1: fails('error_proto', 'Not an FTP reply: hello'), 2: gives('220') },
    },
    'sendcmd, answered "20 short"': {
      because: 'three digits and a space',
      outcomes: { 1: fails('error_proto', 'Not an FTP reply: 20 short'), 2: gives('220') },
    },
    'sendcmd, answered "2"': {
      because: 'three digits and a space',
      outcomes: { 1: fails('error_proto', 'Not an FTP reply: 2'), 2: gives('220') },
    },
    'sendcmd, answered 1yz, and the next command without voidresp': {
      because: 'every owed reply is read',
      outcomes: { 2: gives('/') },
    },
    'voidcmd, answered 1yz': { because: 'every owed reply is read', outcomes: { 2: gives('/') } },
    'voidresp that nothing is owed to': {
      because: 'voidResp without a debt',
      outcomes: { 1: fails('TypeError') },
    },
    'an empty command': {
      because: 'bad arguments send nothing',
      outcomes: { 1: fails('TypeError') },
      commands: [],
    },
    'what cannot be encoded': {
      because: 'TypeError for a bad value',
      outcomes: { 1: fails('TypeError') },
    },
    'two replies to one command': {
      because: 'a reply that nobody asked for',
      outcomes: { 2: gives('200 three') },
      commands: ['NOOP', 'NOOP', 'NOOP'],
    },
  },
  'the text of replies': {
    'lines that begin with the code and no space': {
      because: 'the end of a reply of several lines',
      outcomes: { 1: gives('211-Status:\n2110 not the end\n211 end'), 3: gives('/') },
    },
    'lines that begin with the code and a tab': {
      because: 'the end of a reply of several lines',
      outcomes: { 1: gives('211-Status:\n211\tnot the end\n211 end'), 3: gives('/') },
    },
    'the code and another character': {
      because: 'three digits and a space',
      outcomes: {
        1: fails('error_proto', 'Not an FTP reply: 211:hello'),
        2: gives('220'),
        3: fails('ConnectionError'),
      },
      commands: ['STAT'],
    },
    'an empty line before the reply': {
      because: 'empty lines between replies',
      outcomes: { 1: gives('211 end'), 2: gives('211'), 3: gives('/') },
    },
    'bare carriage returns': {
      because: 'only CRLF and LF end a line',
      outcomes: { 1: fails('TimeoutError'), 2: gives('220'), 3: fails('ConnectionError') },
      commands: ['STAT'],
    },
    'a carriage return in a line': {
      because: 'only CRLF and LF end a line',
      outcomes: { 1: gives('211 one\rtwo'), 3: gives('/') },
    },
    'two carriage returns before the line feed': {
      because: 'only CRLF and LF end a line',
      outcomes: { 1: gives('211 one\r'), 3: gives('/') },
    },
    'a NUL': {
      because: 'NUL in a reply',
      outcomes: {
        1: fails('error_proto', 'A reply contains a NUL'),
        2: gives('220'),
        3: fails('ConnectionError'),
      },
      commands: ['STAT'],
    },
    'a byte order mark': {
      because: 'three digits and a space',
      outcomes: {
        1: fails('error_proto', 'Not an FTP reply: \ufeff211 hello'),
        2: gives('220'),
        3: fails('ConnectionError'),
      },
      commands: ['STAT'],
    },
    'bytes that are no UTF-8': {
      because: 'every reply decodes',
      outcomes: { 1: gives('211 äö'), 2: gives('211') },
    },
    'a Telnet command': {
      because: 'Telnet commands are taken out',
      outcomes: { 1: gives('211 ab'), 2: gives('211') },
    },
    'a line of 8192 bytes': {
      because: 'limits of a reply',
      outcomes: { 1: gives(`211 ${'x'.repeat(8188)}`), 2: gives('211') },
    },
    'a line of 8193 bytes': {
      because: ['limits of a reply', 'own class for too much'],
      outcomes: {
        1: fails('error_proto', 'The reply is too large: a line exceeds 8192 bytes'),
        3: fails('ConnectionError'),
      },
      commands: ['STAT'],
    },
    'a line of 100000 bytes': {
      because: ['limits of a reply', 'own class for too much'],
      outcomes: {
        1: fails('error_proto', 'The reply is too large: a line exceeds 8192 bytes'),
        3: fails('ConnectionError'),
      },
      commands: ['STAT'],
    },
    'a line of 5000 characters of 10000 bytes': {
      because: 'limits of a reply',
      outcomes: {
        1: fails('error_proto', 'The reply is too large: a line exceeds 8192 bytes'),
        2: gives('220'),
        3: fails('ConnectionError'),
      },
      commands: ['STAT'],
    },
    'a reply of 100 KiB': {
      because: 'limits of a reply',
      outcomes: {
        1: fails('error_proto', 'The reply is too large: it exceeds 65536 bytes'),
        2: gives('220'),
        3: fails('ConnectionError'),
      },
      commands: ['STAT'],
    },
    'a lower maxline': {
      because: 'own class for too much',
      outcomes: { 4: fails('error_proto', 'The reply is too large: a line exceeds 50 bytes') },
    },
  },
  'files and directories': {
    'pwd(), PWD answered "200 /a"': unanswered('PWD'),
    'mkd(a), MKD answered "200 created"': unanswered('MKD a'),
    'rmd(a), RMD answered "257 "/a" removed"': unanswered('RMD a'),
    'delete(a), DELE answered "226 done"': unanswered('DELE a'),
    'delete(a), DELE answered "213 odd"': unanswered('DELE a'),
    'delete(a), DELE answered "257 "a""': unanswered('DELE a'),
    'rename(a, b), RNTO answered "226 done"': unanswered('RNFR a', 'RNTO b'),
    'size(a), SIZE answered "200 42"': {
      because: 'an odd answer is proved by NOOP',
      commands: ['TYPE I', 'SIZE a', 'NOOP', 'NOOP'],
    },
    'cwd(..), CDUP answered "502 what"': {
      because: 'X-forms',
      outcomes: { 1: gives('250 directory changed'), 2: gives('250') },
      commands: ['CDUP', 'XCUP', 'CWD ..', 'NOOP'],
    },
    "cwd('..') without CDUP": {
      because: 'X-forms',
      commands: ['CDUP', 'XCUP', 'CWD ..', 'CDUP', 'XCUP', 'CWD ..'],
    },
    "cwd('..') without CDUP, with XCUP": {
      because: 'X-forms',
      outcomes: { 1: gives('250 up'), 2: gives('250 up') },
      commands: ['CDUP', 'XCUP', 'XCUP'],
    },
    "cwd('..') without CDUP, CWD refused": {
      because: 'X-forms',
      commands: ['CDUP', 'XCUP', 'CWD ..'],
    },
    'cwd without CWD': {
      because: 'X-forms',
      outcomes: { 1: gives('250 x'), 2: gives('250 x') },
      commands: ['CWD a', 'XCWD a', 'XCWD b'],
    },
    'pwd(), PWD answered "257 "/a"': {
      because: 'a path without its closing quote',
      outcomes: { 1: fails('error_proto', '257 "/a') },
    },
    'pwd(), PWD answered "257 "/a"b" is it"': {
      because: 'a path in quotes that are not doubled',
      outcomes: { 1: gives('/a"b') },
    },
    'pwd(), PWD answered "257  "/a""': {
      because: 'a path behind words',
      outcomes: { 1: gives('/a') },
    },
    'pwd in several lines': {
      because: 'a path in any line of a 257',
      outcomes: { 1: gives('/a') },
    },
    'pwd in several lines, the path in the first': {
      because: 'a path in any line of a 257',
      outcomes: { 1: gives('/a') },
    },
    'pwd with a newline in the name': {
      because: ['a path in any line of a 257', 'control characters in a path'],
      outcomes: { 1: fails('error_proto', '257-"/a\n257 b" is current') },
    },
    'pwd with a control character in the name': {
      because: 'control characters in a path',
      outcomes: { 1: fails('error_proto', '257 "/a\tb" is current') },
    },
    'pwd without PWD': {
      because: 'X-forms',
      outcomes: { 1: gives('/x'), 2: gives('/x') },
      commands: ['PWD', 'XPWD', 'XPWD'],
    },
    'pwd without PWD: 502': {
      because: 'X-forms',
      outcomes: { 1: gives('/x') },
      commands: ['PWD', 'XPWD'],
    },
    'pwd without PWD and XPWD': { because: 'X-forms', commands: ['PWD', 'XPWD'] },
    'mkd of Pure-FTPd': {
      because: 'a path in quotes that are not doubled',
      outcomes: { 1: gives('a"b') },
    },
    'mkd without MKD': {
      because: 'X-forms',
      outcomes: { 1: gives('/a') },
      commands: ['MKD a', 'XMKD a'],
    },
    'rmd without RMD': {
      because: 'X-forms',
      outcomes: { 1: gives('250 removed') },
      commands: ['RMD a', 'XRMD a'],
    },
    'delete, answered 1yz first': {
      because: 'several preliminary replies',
      outcomes: { 1: gives('250 deleted'), 2: gives('200 still here') },
    },
    'delete without a name': {
      because: 'no empty path',
      outcomes: { 1: fails('TypeError') },
      commands: [],
    },
    'size(a), SIZE answered "213 4_2"': {
      because: 'a size that is none',
      outcomes: { 1: fails('error_proto', '213 4_2') },
    },
    'size(a), SIZE answered "213 -1"': {
      because: 'a size that is none',
      outcomes: { 1: fails('error_proto', '213 -1') },
    },
    'size(a), SIZE answered "213 42 bytes"': {
      because: 'a size among words',
      outcomes: { 1: gives(42) },
    },
    'size(a), SIZE answered "213 a is 42"': {
      because: 'a size among words',
      outcomes: { 1: gives(42) },
    },
    'size(a), SIZE answered "213 many"': {
      because: 'a size that is none',
      outcomes: { 1: fails('error_proto', '213 many') },
    },
    'size(a), SIZE answered "213"': {
      because: 'a size that is none',
      outcomes: { 1: fails('error_proto', '213') },
    },
    'size(a), SIZE answered "213 9007199254740993"': {
      because: 'sizes are safe integers',
      outcomes: { 1: fails('error_proto', '213 9007199254740993') },
    },
    'size(a), SIZE answered "213 99999999999999999999"': {
      because: 'sizes are safe integers',
      outcomes: { 1: fails('error_proto', '213 99999999999999999999') },
    },
    'size(a), SIZE answered "350 more"': {
      because: 'size knows 2yz only',
      outcomes: { 1: fails('error_reply', '350 more') },
    },
    'size in several lines': { because: 'a size among words', outcomes: { 1: gives(42) } },
    'size, and TYPE I refused': {
      because: 'SIZE after TYPE I',
      outcomes: { 1: fails('error_perm', '504 no') },
      commands: ['TYPE I'],
    },
  },
  'retrbinary and retrlines': {
    '213 for 226': {
      because: 'a code that answers other commands',
      outcomes: { 1: fails('TimeoutError', '', 'hello'), 3: fails('ConnectionError') },
      commands: ['TYPE I', 'EPSV', 'RETR a'],
    },
    '150 twice': {
      because: 'several preliminary replies',
      outcomes: {
        1: gives({ reply: '226 done', data: 'hello', fits: true }),
        2: gives('226'),
        3: gives('/'),
      },
    },
    '350 for 150': {
      because: 'a 3yz is out of step',
      outcomes: { 3: fails('ConnectionError') },
      commands: ['TYPE I', 'EPSV', 'RETR a'],
    },
    '226 twice': { because: 'a reply that nobody asked for', outcomes: { 3: gives('/') } },
    '150 with a larger size': {
      because: 'truncated files are errors',
      outcomes: { 1: fails('TransferError', '', 'hello') },
    },
    'TYPE A answered by 3yz': {
      because: 'TYPE A must be accepted',
      outcomes: { 1: fails('error_reply', '350 what', []), 2: gives('/') },
      commands: ['TYPE A', 'PWD'],
    },
    '350 for 226: error_reply': {
      because: 'a 3yz is out of step',
      outcomes: { 3: fails('ConnectionError') },
      commands: ['TYPE I', 'EPSV', 'RETR a'],
    },
    'a broken data connection, and 226': {
      because: ['own class for the data connection', 'every owed reply is read'],
      outcomes: { 1: fails('TransferError', '', 'hello'), 2: gives('226'), 3: gives('/') },
    },
    'a broken data connection, and 426': {
      because: ['the reply tells why the data broke', 'every owed reply is read'],
      outcomes: { 1: fails('error_temp', '426 cut', ''), 2: gives('426'), 3: gives('/') },
    },
    '226 without 150, and data': {
      because: 'a completion without a beginning',
      outcomes: { 1: gives({ reply: '226 done', data: 'hello', fits: true }) },
    },
    'rest, and the file refused': {
      because: 'REST is the last command',
      commands: ['TYPE I', 'EPSV', 'REST 100', 'RETR a', 'EPSV', 'REST 0', 'RETR a'],
    },
    'rest by sendcmd': {
      because: 'REST is the last command',
      commands: ['REST 100', 'TYPE I', 'EPSV', 'REST 100', 'RETR a'],
    },
    'retrlines: bare carriage returns': {
      because: 'only CRLF and LF end a line',
      outcomes: { 1: gives({ reply: '226 done', lines: ['one\rtwo'] }) },
    },
    'retrlines: two carriage returns': {
      because: 'only CRLF and LF end a line',
      outcomes: { 1: gives({ reply: '226 done', lines: ['one\r', 'two'] }) },
    },
    'retrlines: a line of 8192 bytes': {
      because: ['limits of a listing', 'every owed reply is read'],
      outcomes: { 1: gives({ reply: '226 done', lines: [`${'x'.repeat(8192)}`] }), 2: gives('/') },
    },
    'retrlines: a line of 10000 bytes': {
      because: ['limits of a listing', 'every owed reply is read'],
      outcomes: { 1: gives({ reply: '226 done', lines: [`${'x'.repeat(10000)}`] }), 2: gives('/') },
    },
    'retrlines: a line beyond every limit': {
      because: ['limits of a listing', 'own class for too much'],
      outcomes: { 1: fails('error_proto', 'A line of RETR a exceeds 65536 bytes', []) },
    },
    'retrlines: bytes that are no UTF-8': {
      because: 'every reply decodes',
      outcomes: { 1: gives({ reply: '226 done', lines: ['ä'] }) },
    },
  },
  'storbinary and storlines': {
    '226 twice': { because: 'a reply that nobody asked for', outcomes: { 3: gives('/') } },
    '350 for 150': {
      because: 'a 3yz is out of step',
      outcomes: { 3: fails('ConnectionError') },
      commands: ['TYPE I', 'EPSV', 'STOR a'],
    },
    '350 for 226: error_reply': {
      because: 'a 3yz is out of step',
      outcomes: { 3: fails('ConnectionError') },
      commands: ['TYPE I', 'EPSV', 'STOR a'],
    },
    '452 and a broken data connection in the middle': {
      because: ['the reply tells why the data broke', 'every owed reply is read'],
      outcomes: { 1: fails('error_temp', '452 disk full'), 2: gives('/') },
    },
    '226 and a broken data connection in the middle': {
      because: ['own class for the data connection', 'every owed reply is read'],
      outcomes: { 1: fails('TransferError'), 2: gives('/') },
    },
    'storlines: a line of 10000 bytes': {
      because: 'no limit for lines of an upload',
      outcomes: { 1: gives({ reply: '226 stored' }) },
      uploads: [`${'x'.repeat(10000)}\r\n<end>`],
    },
  },
  'nlst, dir, mlsd': {
    'nlst, nothing there: 226 alone': {
      because: 'a completion without a beginning',
      outcomes: { 1: gives([]) },
    },
    'mlsd: no facts': { because: 'facts without empty names', outcomes: { 1: gives([['a', {}]]) } },
    'mlsd: no semicolon at the end': {
      because: 'the last fact without a semicolon',
      outcomes: { 1: gives([['a', { type: 'file', size: '3' }]]) },
    },
    'mlsd: an empty line': {
      because: 'facts without empty names',
      outcomes: {
        1: gives([
          ['a', { type: 'file' }],
          ['b', { type: 'file' }],
        ]),
      },
    },
    'mlsd: empty facts': {
      because: 'facts without empty names',
      outcomes: { 1: gives([['c', { a: '1', b: '2' }]]) },
    },
    'mlsd: a fact without a name': {
      because: 'facts without empty names',
      outcomes: { 1: gives([['c', {}]]) },
    },
    'mlsd: a name with a carriage return': {
      because: 'only CRLF and LF end a line',
      outcomes: { 1: gives([['a\r', { type: 'file' }]]) },
    },
  },
  'transfercmd, ntransfercmd, abort': {
    'the size in "150 (5 bytes)"': {
      because: 'the size in a 150 stands anywhere',
      outcomes: { 1: gives({ size: 5, data: 'hello' }) },
    },
    'abort, nothing under way: 200': {
      because: 'a refused ABOR',
      outcomes: { 1: gives('200 ok') },
    },
    'abort, refused: 500': {
      because: 'a refused ABOR',
      outcomes: { 1: fails('error_perm', '500 unknown') },
    },
    'abort, refused: 502': {
      because: 'a refused ABOR',
      outcomes: { 1: fails('error_perm', '502 unknown') },
    },
    'abort, refused: 451': {
      because: 'a refused ABOR',
      outcomes: { 1: fails('error_temp', '451 no') },
    },
    'abort, answered by 3yz': {
      because: 'a refused ABOR',
      outcomes: { 1: fails('error_reply', '350 what') },
    },
    'abort, answered in several lines': {
      because: 'lastResp tells of every reply',
      outcomes: { 2: gives('226') },
    },
    'abort in the middle: 426, then 226': {
      because: ['the reply to ABOR', 'every owed reply is read'],
      outcomes: { 1: gives('226 aborted'), 2: gives('/') },
    },
    'abort in the middle: 426, then 225': {
      because: ['the reply to ABOR', 'every owed reply is read'],
      outcomes: { 1: gives('225 aborted'), 2: gives('/') },
    },
    'abort in the middle: 226, then 226': {
      because: ['the reply to ABOR', 'every owed reply is read'],
      outcomes: { 1: gives('226 aborted'), 2: gives('/') },
    },
    'abort in the middle: 226, then 426': {
      because: 'every owed reply is read',
      outcomes: { 2: gives('/') },
    },
    'abort in the middle: 500': {
      because: 'a refused ABOR',
      outcomes: { 1: fails('error_perm', '500 unknown') },
    },
  },
  'passive mode': {
    'without EPSV: PASV answered "227 (1,2,3,4,256,1)"': {
      because: 'a port that cannot be',
      outcomes: { 1: fails('error_proto', '227 (1,2,3,4,256,1)', '') },
    },
    'without EPSV: PASV answered "227 (1,2,3,4,0,0)"': {
      because: 'a port that cannot be',
      outcomes: { 1: fails('error_proto', '227 (1,2,3,4,0,0)', '') },
    },
    'EPSV answered "229 (|||0|)"': {
      because: 'a port that cannot be',
      outcomes: { 1: fails('error_proto', '229 (|||0|)', '') },
    },
    'EPSV answered "229 (||||)"': {
      because: 'a 229 without a number',
      outcomes: { 1: fails('error_proto', '229 (||||)', '') },
    },
    'EPSV answered "229 (|||abc|)"': {
      because: 'a 229 without a number',
      outcomes: { 1: fails('error_proto', '229 (|||abc|)', '') },
    },
    'EPSV answered "229 (|||99999|)"': {
      because: 'a port that cannot be',
      outcomes: { 1: fails('error_proto', '229 (|||99999|)', '') },
    },
  },
  'active mode': {
    'no data connection, and 425': {
      because: 'the reply tells why the data broke',
      outcomes: { 2: fails('error_temp', '425 cannot connect', '') },
    },
  },
  'lost connections and 421': {
    'closed at greeting': {
      because: ['the welcome is a string', 'a failed connect leaves nothing open'],
      outcomes: { 1: gives('') },
    },
    'reset at greeting': { because: 'the welcome is a string', outcomes: { 1: gives('') } },
    '421 and closed at greeting': {
      because: ['the welcome is a string', 'a failed connect leaves nothing open'],
      outcomes: { 1: gives('') },
    },
    '421 and open at greeting': {
      because: ['the welcome is a string', 'a failed connect leaves nothing open'],
      outcomes: { 1: gives('') },
    },
    '421 and closed at ABOR': {
      because: 'a refused ABOR',
      outcomes: { 1: fails('error_temp', '421 going down') },
    },
    '421 and open at ABOR': {
      because: 'a refused ABOR',
      outcomes: { 1: fails('error_temp', '421 going down') },
    },
    '421 and closed in the middle of an upload, and its data breaks': {
      because: 'the reply tells why the data broke',
      outcomes: { 1: fails('error_temp', '421 going down') },
    },
    '421 and open in the middle of an upload, and its data breaks': {
      because: 'the reply tells why the data broke',
      outcomes: { 1: fails('error_temp', '421 going down') },
    },
    'closed in the middle of a line': {
      because: 'a line without its end',
      outcomes: { 1: fails('ConnectionError') },
    },
  },
  'bad arguments': {
    'NUL in sendcmd': {
      because: 'NUL is refused',
      outcomes: { 1: fails('TypeError') },
      commands: ['PWD'],
    },
    'NUL in cwd': {
      because: 'NUL is refused',
      outcomes: { 1: fails('TypeError') },
      commands: ['PWD'],
    },
    'CR in login': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'LF in login': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'CRLF in login': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'NUL in login': {
      because: 'NUL is refused',
      outcomes: { 1: fails('TypeError') },
      commands: ['PWD'],
    },
    'CR in rename': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'LF in rename': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'CRLF in rename': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'NUL in rename': {
      because: 'NUL is refused',
      outcomes: { 1: fails('TypeError') },
      commands: ['PWD'],
    },
    'CR in retrbinary': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'LF in retrbinary': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'CRLF in retrbinary': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'NUL in retrbinary': {
      because: 'NUL is refused',
      outcomes: { 1: fails('TypeError', '', '') },
      commands: ['PWD'],
    },
    'CR in storbinary': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'LF in storbinary': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'CRLF in storbinary': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'NUL in storbinary': {
      because: 'NUL is refused',
      outcomes: { 1: fails('TypeError') },
      commands: ['PWD'],
      uploads: [],
    },
    'CR in nlst': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'LF in nlst': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'CRLF in nlst': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'NUL in nlst': {
      because: 'NUL is refused',
      outcomes: { 1: fails('TypeError') },
      commands: ['PWD'],
    },
    'NUL in mlsd': {
      because: 'NUL is refused',
      outcomes: { 1: fails('TypeError') },
      commands: ['PWD'],
    },
    'a blocksize of 0': {
      because: 'bad arguments send nothing',
      outcomes: { 1: fails('RangeError', '', '') },
      commands: ['PWD'],
    },
    'a negative blocksize': {
      because: 'bad arguments send nothing',
      outcomes: { 1: fails('RangeError', '', ''), 2: gives('/') },
      commands: ['PWD'],
    },
    'a negative rest': {
      because: 'bad arguments send nothing',
      outcomes: { 1: fails('RangeError', '', '') },
      commands: ['PWD'],
    },
    'a rest that is no number': {
      because: 'bad arguments send nothing',
      outcomes: { 1: fails('TypeError', '', '') },
      commands: ['PWD'],
    },
    'a string to upload': {
      because: 'a string is a source',
      outcomes: { 1: gives('226 stored'), 2: gives('/') },
      commands: ['TYPE I', 'EPSV', 'STOR a', 'PWD'],
      uploads: ['hello<end>'],
    },
    'nothing to upload': {
      because: 'bad arguments send nothing',
      outcomes: { 1: fails('TypeError'), 2: gives('/') },
      commands: ['PWD'],
      uploads: [],
    },
  },
};

/** A reply that answers other commands only is dropped; the scripted server says nothing more. */
function unanswered(...commands: string[]): Differing {
  return {
    because: 'a code that answers other commands',
    outcomes: { 1: fails('TimeoutError'), 3: fails('ConnectionError') },
    commands,
  };
}
