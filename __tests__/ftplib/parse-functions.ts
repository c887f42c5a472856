import { parse150, parse227, parse229, parse257 } from 'ftpipe';
import type { DifferenceName } from './differences';
import { failure } from './ours';
import { fails, gives, type Outcome } from './trace';

export type ParseFunction = 'parse150' | 'parse227' | 'parse229' | 'parse257';

const PEER = '127.0.0.1';

/** The result of ftpipe's parse function for a reply. */
export function parseOurs(name: ParseFunction, text: string): Outcome {
  try {
    switch (name) {
      case 'parse150':
        return gives(parse150(text));
      case 'parse257':
        return gives(parse257(text));
      case 'parse227':
        return gives(pairOf(parse227(text)));
      case 'parse229':
        return gives(pairOf(parse229(text, PEER)));
    }
  } catch (error) {
    return failure(error);
  }
}

// Python returns a tuple.
const pairOf = ({ host, port }: { host: string; port: number }) => [host, port];

/** The listed reason why the results may differ for this reply, if there is one. */
export function reasonFor(
  name: ParseFunction,
  text: string,
  theirs: Outcome,
  ours: Outcome,
): DifferenceName | undefined {
  const refused = 'error' in ours && ours.error === 'error_proto';
  const value = 'value' in theirs ? theirs.value : undefined;
  switch (name) {
    case 'parse150':
      if (refused && typeof value === 'number' && value > Number.MAX_SAFE_INTEGER) {
        return 'sizes are safe integers';
      }
      return (value === null || text.includes('\n')) && / \(\d+ bytes\)/i.test(text)
        ? 'a size anywhere in a 150'
        : undefined;
    case 'parse227':
      if (/, \d/.test(text)) return 'spaces in a 227';
      if (/^227\d*,/.test(text)) return 'the code of a 227 is not part of the address';
      if (refused && (text.slice(3).match(/\d+/g) ?? []).some((each) => Number(each) > 255)) {
        return 'an impossible address or port';
      }
      if (/\d{4}/.test(text) || (refused && isImpossible(value)))
        return 'an impossible address or port';
      if (refused && /,\d+[A-Za-z_]/.test(text)) return 'a port that is not a number';
      return /(?<!\d)0\d/.test(text) ? 'leading zeros in a 227' : undefined;
    case 'parse229': {
      if (!refused) return undefined;
      if ('error' in theirs)
        return theirs.error === 'ValueError' ? 'a 229 without a number' : undefined;
      if (isImpossible(value)) return 'an impossible address or port';
      const delimiter = text[text.indexOf('(') + 1] ?? '';
      return /[^!-/:-~]|[0-9]/.test(delimiter) ? 'delimiters of a 229' : 'a 229 without a number';
    }
    case 'parse257': {
      if (typeof value !== 'string') return undefined;
      if (/\p{Cc}/u.test(text)) {
        if (refused) return 'control characters in a path';
        return text[3] !== ' '
          ? 'a path in any line of a 257'
          : 'a path with quotes that are not doubled';
      }
      if (text[3] !== ' ') return 'a path in any line of a 257';
      if (text[4] !== '"') return 'a path after other text';
      if (!/^257 "(?:[^"]|"")*"(?!")/.test(text)) return 'a path without its closing quote';
      // For ftplib, the name ends at a quote inside a word.
      const after = text.replace(/^257 "(?:[^"]|"")*"/, '')[0];
      return !refused && after !== undefined && after !== ' '
        ? 'a path with quotes that are not doubled'
        : undefined;
    }
  }
}

function isImpossible(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  const [host, port] = value as [string, number];
  return port < 1 || port > 65535 || host.split('.').some((each) => Number(each) > 255);
}

/** Replies that are compared one by one. */
export const REPLIES: Readonly<Record<ParseFunction, readonly string[]>> = {
  parse150: [
    '150 Opening BINARY mode data connection for a (5 bytes).',
    '150 Opening BINARY mode data connection for a (0 bytes)',
    '150 Opening BINARY mode data connection for a (5 Bytes)',
    '150 Opening BINARY mode data connection for a (1 bytes) (5 bytes)',
    '150 Opening BINARY mode data connection for a (5 bytes) (x bytes)',
    '150 Opening BINARY mode data connection for a',
    '150 Opening BINARY mode data connection for a (5 byte)',
    '150 Opening BINARY mode data connection for a (-5 bytes)',
    '150 Opening BINARY mode data connection for a (5  bytes)',
    '150 Opening BINARY mode data connection for a (05 bytes)',
    '150 Opening BINARY mode data connection for a (9007199254740991 bytes)',
    '150 Opening BINARY mode data connection for a (9007199254740993 bytes)',
    '150 Opening BINARY mode data connection for a(5 bytes)',
    '150 (5 bytes)',
    '150  (5 bytes)',
    '150-x (5 bytes)\n150 y',
    '150-x\n150 y (5 bytes)',
    '150',
    '150 ',
    '1505 x (5 bytes)',
    '125 x (5 bytes)',
    '226 x (5 bytes)',
    '550 x',
    'x',
    '',
  ],
  parse227: [
    '227 Entering Passive Mode (127,0,0,1,4,1)',
    '227 Entering Passive Mode (127,0,0,1,4,1).',
    '227 Entering Passive Mode 127,0,0,1,4,1',
    '227 =127,0,0,1,4,1',
    '227 127,0,0,1,4,1',
    '227,127,0,0,1,4,1',
    '227127,0,0,1,4,1',
    '227 (127, 0, 0, 1, 4, 1)',
    '227 (127 ,0,0,1,4,1)',
    '227 (127,0,0,1,4)',
    '227 (127,0,0,1,4,1,5)',
    '227 (0127,0,0,1,4,1)',
    '227 (127,0,0,01,04,001)',
    '227 (256,0,0,1,4,1)',
    '227 (127,0,0,1,256,1)',
    '227 (127,0,0,1,4,256)',
    '227 (127,0,0,1,0,0)',
    '227 (127,0,0,1,255,255)',
    '227 (0,0,0,0,4,1)',
    '227 (127.0.0.1:1025)',
    '227 (1,2 3,4,5,6) (127,0,0,1,4,1)',
    '227 port 21 (127,0,0,1,4,1)',
    '227-Entering\n227 Passive Mode (127,0,0,1,4,1)',
    '227-(127,0,0,1,4,1)\n227 end',
    '227 (-127,0,0,1,4,1)',
    '227 (١٢٧,0,0,1,4,1)',
    '227',
    '228 (127,0,0,1,4,1)',
    '500 (127,0,0,1,4,1)',
    '',
  ],
  parse229: [
    '229 Entering Extended Passive Mode (|||6446|)',
    '229 (|||6446|).',
    '229 (!!!6446!)',
    '229 (\\\\\\6446\\)',
    '229 (,,,6446,)',
    '229 (   6446 )',
    '229 (aaa6446a)',
    '229 (1116446 1)',
    '229 (\u00e4\u00e4\u00e46446\u00e4)',
    '229 (|1|127.0.0.1|6446|)',
    '229 (|2|::1|6446|)',
    '229 (|||6446)',
    '229 (||6446|)',
    '229 (||||6446|)',
    '229 (|||6446||)',
    '229 |||6446|',
    '229 (|||6446|',
    '229 |||6446|)',
    '229 (|||0|)',
    '229 (|||65535|)',
    '229 (|||65536|)',
    '229 (|||006446|)',
    '229 (||||)',
    '229 (||| 6446|)',
    '229 (|||6446 |)',
    '229 (|||+6446|)',
    '229 (|||-6446|)',
    '229 (|||6_446|)',
    '229 (|||6446.0|)',
    '229 (|||x|)',
    '229 (|!|6446|)',
    '229 x) (|||6446|)',
    '229 (x) (|||6446|)',
    '229-Entering\n229 (|||6446|)',
    '229 ()',
    '229 (|)',
    '229 (',
    '229',
    '227 (127,0,0,1,4,1)',
    '522 (1,2)',
    '',
  ],
  parse257: [
    '257 "/a" is current',
    '257 "/a"',
    '257 "/a b" is current',
    '257 "/a""b" is current',
    '257 "/a""" is current',
    '257 """/a" is current',
    '257 """"',
    '257 """"""',
    '257 ""',
    '257 "" is current',
    '257 "/a',
    '257 "',
    '257 "/a""',
    '257 "/a"b" is current',
    '257 "/a"b"',
    '257 "/q"pure" is your current location',
    '257 "/a" "b"',
    '257 "/a" is "b" now',
    '257 /a is current',
    '257 /a "b"',
    '257  "/a"',
    '257-"/a"\n257 end',
    '257-"/a\n257 b"',
    '257 "/a\nb"',
    '257 "/a\tb"',
    '257 "/ä€😀" is current',
    '257',
    '257 ',
    '250 "/a"',
    '550 no',
    '',
  ],
};

const TEMPLATES: Readonly<Record<ParseFunction, readonly string[]>> = {
  parse150: ['150 Opening data connection for a (12 bytes).', '150 a (1 bytes) (2 bytes)', '150 x'],
  parse227: ['227 Passive (127,0,0,1,4,1).', '227 =10,20,30,40,250,25', '227 1,2,3,4,5,6,7'],
  parse229: ['229 Passive (|||6446|)', '229 (!!!21!)', '229 (|1|1.2.3.4|99|)'],
  parse257: ['257 "/a" is current', '257 "/a""b" it is', '257 "/q"p" is it', '257 "" x'],
};

/** Valid replies with a few random changes, reproducible by the seed. */
export function randomReplies(name: ParseFunction, count: number, seed: number): string[] {
  const random = mulberry32(seed);
  const below = (n: number) => Math.floor(random() * n);
  const templates = TEMPLATES[name];
  const characters = [...' "",,()||!0123456789999 a-\n\t\u00e9'];
  return Array.from({ length: count }, () => {
    const text = [...(templates[below(templates.length)] as string)];
    for (let changes = below(5); changes > 0; changes--) {
      // Mostly after the code, because a reply with another code tests little.
      const at = below(20) === 0 ? below(4) : 3 + below(Math.max(text.length - 3, 1));
      const inserted = characters[below(characters.length)] as string;
      text.splice(at, below(2), ...(below(3) === 0 ? [] : [inserted]));
    }
    return text.join('');
  });
}

/** Whether a case of pwd covers such a reply, so that random ones need not. */
export function isInCases(name: ParseFunction, text: string): boolean {
  // A closing quote without a space after it. Random replies are very often like this.
  return name === 'parse257' && /^257 ".*"/s.test(text) && !/"(?: |\n|$)/.test(text.slice(5));
}

function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Python's outcome without texts that are specific to Python. */
export function withoutText(outcome: Outcome): Outcome {
  if (!('error' in outcome)) return outcome;
  return fails(outcome.error, outcome.error.startsWith('error_') ? outcome.text : '');
}
