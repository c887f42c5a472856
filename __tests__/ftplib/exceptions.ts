import { type Differing, fails, gives } from './trace';

/** What ftpipe does differently from ftplib, by table and case. */
export const EXCEPTIONS: Readonly<Record<string, Readonly<Record<string, Differing>>>> = {
  'connect, quit, close': {
    'a 331 greeting': {
      because: 'a greeting is a 2yz',
      outcomes: { 0: fails('error_reply', '331 hello') },
    },
    'a 120 greeting, then a 220': {
      because: 'the greeting after a 120',
      outcomes: { 0: gives('220 ready'), 1: gives('/') },
    },
    'a greeting that is not an FTP reply': {
      because: 'three digits and a space',
      outcomes: { 0: fails('error_proto', 'Not an FTP reply: SSH-2.0-OpenSSH_9.2') },
    },
    'quit, rejected with 500': {
      because: 'quit always closes',
      outcomes: { 2: fails('ConnectionError') },
      commands: ['QUIT'],
    },
    'quit, rejected with 450': {
      because: 'quit always closes',
      outcomes: { 2: fails('ConnectionError') },
      commands: ['QUIT'],
    },
    'quit, answered with 3yz': {
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
      because: 'an unusual answer is verified with NOOP',
      commands: ['USER user', 'NOOP'],
    },
    '332 after USER': {
      because: 'login as in RFC 959',
      outcomes: { 1: gives('230 account taken') },
      commands: ['USER user', 'ACCT project'],
    },
    '331 after PASS': {
      because: 'login as in RFC 959',
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
    'a reply that contains the password': {
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
    'sendcmd, answered 1yz, then another command without voidresp': {
      because: 'every outstanding reply is read',
      outcomes: { 2: gives('/') },
    },
    'voidcmd, answered 1yz': {
      because: 'every outstanding reply is read',
      outcomes: { 2: gives('/') },
    },
    'voidresp without a pending reply': {
      because: 'voidResp without a pending reply',
      outcomes: { 1: fails('TypeError') },
    },
    'an empty command': {
      because: 'bad arguments send nothing',
      outcomes: { 1: fails('TypeError') },
      commands: [],
    },
    'a command that cannot be encoded': {
      because: 'TypeError for a bad value',
      outcomes: { 1: fails('TypeError') },
    },
    'two replies to one command': {
      because: 'a surplus reply',
      outcomes: { 2: gives('200 three') },
      commands: ['NOOP', 'NOOP', 'NOOP'],
    },
  },
  'the text of replies': {
    'lines that begin with the code without a space': {
      because: 'the end of a multi-line reply',
      outcomes: { 1: gives('211-Status:\n2110 not the end\n211 end'), 3: gives('/') },
    },
    'lines that begin with the code and a tab': {
      because: 'the end of a multi-line reply',
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
    'bytes that are not UTF-8': {
      because: 'every reply decodes',
      outcomes: { 1: gives('211 äö'), 2: gives('211') },
    },
    'a Telnet command': {
      because: 'Telnet commands are removed',
      outcomes: { 1: gives('211 ab'), 2: gives('211') },
    },
    'a line of 8192 bytes': {
      because: 'limits of a reply',
      outcomes: { 1: gives(`211 ${'x'.repeat(8188)}`), 2: gives('211') },
    },
    'a line of 8193 bytes': {
      because: ['limits of a reply', 'ProtocolError for exceeded limits'],
      outcomes: {
        1: fails('error_proto', 'The reply is too large: a line exceeds 8192 bytes'),
        3: fails('ConnectionError'),
      },
      commands: ['STAT'],
    },
    'a line of 100000 bytes': {
      because: ['limits of a reply', 'ProtocolError for exceeded limits'],
      outcomes: {
        1: fails('error_proto', 'The reply is too large: a line exceeds 8192 bytes'),
        3: fails('ConnectionError'),
      },
      commands: ['STAT'],
    },
    'a line of 5000 characters and 10000 bytes': {
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
      because: 'ProtocolError for exceeded limits',
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
      because: 'an unusual answer is verified with NOOP',
      commands: ['TYPE I', 'SIZE a', 'NOOP', 'NOOP'],
    },
    'cwd(..), CDUP answered "502 what"': {
      because: 'X-forms',
      outcomes: { 1: gives('250 directory changed'), 2: gives('250') },
      commands: ['CDUP', 'XCUP', 'CWD ..', 'NOOP'],
    },
    "cwd('..') if CDUP is unknown": {
      because: 'X-forms',
      commands: ['CDUP', 'XCUP', 'CWD ..', 'CDUP', 'XCUP', 'CWD ..'],
    },
    "cwd('..') if CDUP is unknown but XCUP is known": {
      because: 'X-forms',
      outcomes: { 1: gives('250 up'), 2: gives('250 up') },
      commands: ['CDUP', 'XCUP', 'XCUP'],
    },
    "cwd('..') if CDUP is unknown and CWD is rejected": {
      because: 'X-forms',
      commands: ['CDUP', 'XCUP', 'CWD ..'],
    },
    'cwd if CWD is unknown': {
      because: 'X-forms',
      outcomes: { 1: gives('250 x'), 2: gives('250 x') },
      commands: ['CWD a', 'XCWD a', 'XCWD b'],
    },
    'pwd(), PWD answered "257 "/a"': {
      because: 'a path without its closing quote',
      outcomes: { 1: fails('error_proto', '257 "/a') },
    },
    'pwd(), PWD answered "257 "/a"b" is it"': {
      because: 'a path with quotes that are not doubled',
      outcomes: { 1: gives('/a"b') },
    },
    'pwd(), PWD answered "257  "/a""': {
      because: 'a path after other text',
      outcomes: { 1: gives('/a') },
    },
    'pwd, answered with a multi-line reply': {
      because: 'a path in any line of a 257',
      outcomes: { 1: gives('/a') },
    },
    'pwd, answered with the path in the first of several lines': {
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
    'pwd if PWD is unknown': {
      because: 'X-forms',
      outcomes: { 1: gives('/x'), 2: gives('/x') },
      commands: ['PWD', 'XPWD', 'XPWD'],
    },
    'pwd if PWD is unknown: 502': {
      because: 'X-forms',
      outcomes: { 1: gives('/x') },
      commands: ['PWD', 'XPWD'],
    },
    'pwd if PWD and XPWD are unknown': { because: 'X-forms', commands: ['PWD', 'XPWD'] },
    'mkd, answered by Pure-FTPd': {
      because: 'a path with quotes that are not doubled',
      outcomes: { 1: gives('a"b') },
    },
    'mkd if MKD is unknown': {
      because: 'X-forms',
      outcomes: { 1: gives('/a') },
      commands: ['MKD a', 'XMKD a'],
    },
    'rmd if RMD is unknown': {
      because: 'X-forms',
      outcomes: { 1: gives('250 removed') },
      commands: ['RMD a', 'XRMD a'],
    },
    'delete, answered with a preliminary reply first': {
      because: 'several preliminary replies',
      outcomes: { 1: gives('250 deleted'), 2: gives('200 still here') },
    },
    'delete with an empty name': {
      because: 'no empty path',
      outcomes: { 1: fails('TypeError') },
      commands: [],
    },
    'size(a), SIZE answered "213 4_2"': {
      because: 'an invalid size',
      outcomes: { 1: fails('error_proto', '213 4_2') },
    },
    'size(a), SIZE answered "213 -1"': {
      because: 'an invalid size',
      outcomes: { 1: fails('error_proto', '213 -1') },
    },
    'size(a), SIZE answered "213 42 bytes"': {
      because: 'a size among other text',
      outcomes: { 1: gives(42) },
    },
    'size(a), SIZE answered "213 a is 42"': {
      because: 'a size among other text',
      outcomes: { 1: gives(42) },
    },
    'size(a), SIZE answered "213 many"': {
      because: 'an invalid size',
      outcomes: { 1: fails('error_proto', '213 many') },
    },
    'size(a), SIZE answered "213"': {
      because: 'an invalid size',
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
      because: 'size accepts only 2yz',
      outcomes: { 1: fails('error_reply', '350 more') },
    },
    'size, answered with a multi-line reply': {
      because: 'a size among other text',
      outcomes: { 1: gives(42) },
    },
    'size if TYPE I is rejected': {
      because: 'SIZE after TYPE I',
      outcomes: { 1: fails('error_perm', '504 no') },
      commands: ['TYPE I'],
    },
  },
  'retrbinary and retrlines': {
    '213 instead of 226': {
      because: 'a code that only answers other commands',
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
    '350 instead of 150': {
      because: 'a 3yz in a transfer',
      outcomes: { 3: fails('ConnectionError') },
      commands: ['TYPE I', 'EPSV', 'RETR a'],
    },
    '226 twice': { because: 'a surplus reply', outcomes: { 3: gives('/') } },
    '150 with a larger size': {
      because: 'truncated files are errors',
      outcomes: { 1: fails('TransferError', '', 'hello') },
    },
    'TYPE A answered with 3yz': {
      because: 'TYPE A must be accepted',
      outcomes: { 1: fails('error_reply', '350 what', []), 2: gives('/') },
      commands: ['TYPE A', 'PWD'],
    },
    '350 instead of 226: error_reply': {
      because: 'a 3yz in a transfer',
      outcomes: { 3: fails('ConnectionError') },
      commands: ['TYPE I', 'EPSV', 'RETR a'],
    },
    'data connection reset, then 226': {
      because: ['TransferError for the data connection', 'every outstanding reply is read'],
      outcomes: { 1: fails('TransferError', '', 'hello'), 2: gives('226'), 3: gives('/') },
    },
    'data connection reset, then 426': {
      because: ['the reply explains a failed data connection', 'every outstanding reply is read'],
      outcomes: { 1: fails('error_temp', '426 cut', ''), 2: gives('426'), 3: gives('/') },
    },
    'data and 226 without 150': {
      because: 'a 226 without a 150',
      outcomes: { 1: gives({ reply: '226 done', data: 'hello', fits: true }) },
    },
    'rest, with RETR rejected': {
      because: 'REST just before the transfer command',
      commands: ['TYPE I', 'EPSV', 'REST 100', 'RETR a', 'EPSV', 'REST 0', 'RETR a'],
    },
    'REST sent with sendcmd': {
      because: 'REST just before the transfer command',
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
      because: ['limits of a listing', 'every outstanding reply is read'],
      outcomes: { 1: gives({ reply: '226 done', lines: [`${'x'.repeat(8192)}`] }), 2: gives('/') },
    },
    'retrlines: a line of 10000 bytes': {
      because: ['limits of a listing', 'every outstanding reply is read'],
      outcomes: { 1: gives({ reply: '226 done', lines: [`${'x'.repeat(10000)}`] }), 2: gives('/') },
    },
    'retrlines: a line that exceeds every limit': {
      because: ['limits of a listing', 'ProtocolError for exceeded limits'],
      outcomes: { 1: fails('error_proto', 'A line of RETR a exceeds 65536 bytes', []) },
    },
    'retrlines: bytes that are not UTF-8': {
      because: 'every reply decodes',
      outcomes: { 1: gives({ reply: '226 done', lines: ['ä'] }) },
    },
  },
  'storbinary and storlines': {
    '226 twice': { because: 'a surplus reply', outcomes: { 3: gives('/') } },
    '350 instead of 150': {
      because: 'a 3yz in a transfer',
      outcomes: { 3: fails('ConnectionError') },
      commands: ['TYPE I', 'EPSV', 'STOR a'],
    },
    '350 instead of 226: error_reply': {
      because: 'a 3yz in a transfer',
      outcomes: { 3: fails('ConnectionError') },
      commands: ['TYPE I', 'EPSV', 'STOR a'],
    },
    '452 and data connection reset during the transfer': {
      because: ['the reply explains a failed data connection', 'every outstanding reply is read'],
      outcomes: { 1: fails('error_temp', '452 disk full'), 2: gives('/') },
    },
    '226 and data connection reset during the transfer': {
      because: ['TransferError for the data connection', 'every outstanding reply is read'],
      outcomes: { 1: fails('TransferError'), 2: gives('/') },
    },
    'storlines: a line of 10000 bytes': {
      because: 'no limit for lines of an upload',
      outcomes: { 1: gives({ reply: '226 stored' }) },
      uploads: [`${'x'.repeat(10000)}\r\n<end>`],
    },
  },
  'nlst, dir, mlsd': {
    'nlst of an empty folder: 226 without 150': {
      because: 'a 226 without a 150',
      outcomes: { 1: gives([]) },
    },
    'mlsd: no facts': {
      because: 'no facts or entries without a name',
      outcomes: { 1: gives([['a', {}]]) },
    },
    'mlsd: no semicolon at the end': {
      because: 'the last fact without a semicolon',
      outcomes: { 1: gives([['a', { type: 'file', size: '3' }]]) },
    },
    'mlsd: an empty line': {
      because: 'no facts or entries without a name',
      outcomes: {
        1: gives([
          ['a', { type: 'file' }],
          ['b', { type: 'file' }],
        ]),
      },
    },
    'mlsd: empty facts': {
      because: 'no facts or entries without a name',
      outcomes: { 1: gives([['c', { a: '1', b: '2' }]]) },
    },
    'mlsd: a fact without a name': {
      because: 'no facts or entries without a name',
      outcomes: { 1: gives([['c', {}]]) },
    },
    'mlsd: a name with a carriage return': {
      because: 'only CRLF and LF end a line',
      outcomes: { 1: gives([['a\r', { type: 'file' }]]) },
    },
  },
  'transfercmd, ntransfercmd, abort': {
    'the size in "150 (5 bytes)"': {
      because: 'a size anywhere in a 150',
      outcomes: { 1: gives({ size: 5, data: 'hello' }) },
    },
    'abort without a transfer: 200': {
      because: 'a refused ABOR',
      outcomes: { 1: gives('200 ok') },
    },
    'abort, rejected: 500': {
      because: 'a refused ABOR',
      outcomes: { 1: fails('error_perm', '500 unknown') },
    },
    'abort, rejected: 502': {
      because: 'a refused ABOR',
      outcomes: { 1: fails('error_perm', '502 unknown') },
    },
    'abort, rejected: 451': {
      because: 'a refused ABOR',
      outcomes: { 1: fails('error_temp', '451 no') },
    },
    'abort, answered with 3yz': {
      because: 'a refused ABOR',
      outcomes: { 1: fails('error_reply', '350 what') },
    },
    'abort, answered with a multi-line reply': {
      because: 'lastResp covers every reply',
      outcomes: { 2: gives('226') },
    },
    'abort during a transfer: 426, then 226': {
      because: ['the reply to ABOR', 'every outstanding reply is read'],
      outcomes: { 1: gives('226 aborted'), 2: gives('/') },
    },
    'abort during a transfer: 426, then 225': {
      because: ['the reply to ABOR', 'every outstanding reply is read'],
      outcomes: { 1: gives('225 aborted'), 2: gives('/') },
    },
    'abort during a transfer: 226, then 226': {
      because: ['the reply to ABOR', 'every outstanding reply is read'],
      outcomes: { 1: gives('226 aborted'), 2: gives('/') },
    },
    'abort during a transfer: 226, then 426': {
      because: 'every outstanding reply is read',
      outcomes: { 2: gives('/') },
    },
    'abort during a transfer: 500': {
      because: 'a refused ABOR',
      outcomes: { 1: fails('error_perm', '500 unknown') },
    },
  },
  'passive mode': {
    'EPSV unknown: PASV answered "227 (1,2,3,4,256,1)"': {
      because: 'an impossible address or port',
      outcomes: { 1: fails('error_proto', '227 (1,2,3,4,256,1)', '') },
    },
    'EPSV unknown: PASV answered "227 (1,2,3,4,0,0)"': {
      because: 'an impossible address or port',
      outcomes: { 1: fails('error_proto', '227 (1,2,3,4,0,0)', '') },
    },
    'EPSV answered "229 (|||0|)"': {
      because: 'an impossible address or port',
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
      because: 'an impossible address or port',
      outcomes: { 1: fails('error_proto', '229 (|||99999|)', '') },
    },
  },
  'active mode': {
    'no data connection, then 425': {
      because: 'the reply explains a failed data connection',
      outcomes: { 2: fails('error_temp', '425 cannot connect', '') },
    },
  },
  'lost connections and 421': {
    'control connection closed at greeting': {
      because: ['the welcome is a string', 'a failed connect leaves nothing open'],
      outcomes: { 1: gives('') },
    },
    'control connection reset at greeting': {
      because: 'the welcome is a string',
      outcomes: { 1: gives('') },
    },
    '421 and control connection closed at greeting': {
      because: ['the welcome is a string', 'a failed connect leaves nothing open'],
      outcomes: { 1: gives('') },
    },
    '421 and control connection left open at greeting': {
      because: ['the welcome is a string', 'a failed connect leaves nothing open'],
      outcomes: { 1: gives('') },
    },
    '421 and control connection closed at ABOR': {
      because: 'a refused ABOR',
      outcomes: { 1: fails('error_temp', '421 going down') },
    },
    '421 and control connection left open at ABOR': {
      because: 'a refused ABOR',
      outcomes: { 1: fails('error_temp', '421 going down') },
    },
    '421 and control connection closed during an upload, then data connection reset': {
      because: 'the reply explains a failed data connection',
      outcomes: { 1: fails('error_temp', '421 going down') },
    },
    '421 and control connection left open during an upload, then data connection reset': {
      because: 'the reply explains a failed data connection',
      outcomes: { 1: fails('error_temp', '421 going down') },
    },
    'control connection closed inside a line': {
      because: 'a line without a line end',
      outcomes: { 1: fails('ConnectionError') },
    },
  },
  'bad arguments': {
    'NUL in sendcmd': {
      because: 'NUL is rejected',
      outcomes: { 1: fails('TypeError') },
      commands: ['PWD'],
    },
    'NUL in cwd': {
      because: 'NUL is rejected',
      outcomes: { 1: fails('TypeError') },
      commands: ['PWD'],
    },
    'CR in login': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'LF in login': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'CRLF in login': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'NUL in login': {
      because: 'NUL is rejected',
      outcomes: { 1: fails('TypeError') },
      commands: ['PWD'],
    },
    'CR in rename': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'LF in rename': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'CRLF in rename': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'NUL in rename': {
      because: 'NUL is rejected',
      outcomes: { 1: fails('TypeError') },
      commands: ['PWD'],
    },
    'CR in retrbinary': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'LF in retrbinary': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'CRLF in retrbinary': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'NUL in retrbinary': {
      because: 'NUL is rejected',
      outcomes: { 1: fails('TypeError', '', '') },
      commands: ['PWD'],
    },
    'CR in storbinary': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'LF in storbinary': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'CRLF in storbinary': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'NUL in storbinary': {
      because: 'NUL is rejected',
      outcomes: { 1: fails('TypeError') },
      commands: ['PWD'],
      uploads: [],
    },
    'CR in nlst': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'LF in nlst': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'CRLF in nlst': { because: 'bad arguments send nothing', commands: ['PWD'] },
    'NUL in nlst': {
      because: 'NUL is rejected',
      outcomes: { 1: fails('TypeError') },
      commands: ['PWD'],
    },
    'NUL in mlsd': {
      because: 'NUL is rejected',
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
    'a rest that is not a number': {
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
    'null to upload': {
      because: 'bad arguments send nothing',
      outcomes: { 1: fails('TypeError'), 2: gives('/') },
      commands: ['PWD'],
      uploads: [],
    },
  },
};

/** The reply is dropped because it only answers other commands. The server then stays silent. */
function unanswered(...commands: string[]): Differing {
  return {
    because: 'a code that only answers other commands',
    outcomes: { 1: fails('TimeoutError'), 3: fails('ConnectionError') },
    commands,
  };
}
