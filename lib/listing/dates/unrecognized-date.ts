import { type ListingContext, NON_ASCII } from '../context';
import { isBlank, numberIn, skipBlanks } from '../scan';
import type { UnixDate } from './ls-date';
import { fullYear, localTime } from './ls-date';
import { monthNamed } from './months';

const MAX_WORDS = 7; // of a date, and the words after it
const MAX_WORD_LENGTH = 64; // bytes
const YEAR_WIDTH = 5; // columns, so that a year is as wide as a time of day

interface Word {
  readonly at: number;
  readonly end: number;
  readonly text: string;
}

/**
 * The kinds of words in a date. The first match counts. All digits are converted to ASCII before.
 */
const FORMS: readonly (readonly [kind: string, form: RegExp])[] = [
  ['C', /^\d{1,2}:\d{1,3}[\d:.,]*(?:Z|[ap]m?)?$/i], // a time of day, also 25:61
  ['M', /^0{3,}$/], // a server that lost its month
  ['D', /^-?\d{1,2}[.,/]?$/],
  ['Y', /^\d{4}(?:[.,]|[^\0-\x7f]{1,4}\.?)?$/],
  ['y', /^\d{3}$|^\d{5}$/],
  ['F', /^\d{1,2}[^\0-\x7f\d]+[.,]?$/], // 6月
  ['J', /^[^\0-\x7f\d]{0,2}\d{1,4}(?:[^\0-\x7f\d]+\d{1,2}){2}[^\0-\x7f\d]*$/], // 2005年5月7日
  ['K', /^[^\0-\x7f\d]{0,2}\d{1,4}[^\0-\x7f\d]+\d{1,2}[^\0-\x7f\d]*$/], // 11月12日, 14時21分
  ['j', /^\d{1,2}[-/.]\d{1,2}$/],
  ['J', /^(?=(?:\D*\d){4})\d{1,5}([-/.])(?:\d{1,3}|\p{L}{3,12})\1\d{1,5}(?:[T_]\d[\d:.]*Z?)?\.?$/u],
  ['J', /^\p{L}{3,12}([-/.])\d{1,2}\1\d{2,5}$/u],
  ['P', /^(?:de|del|of|da|do|di)$/i], // 12 de enero de 2024
  ['M', /^(?=.*\p{L})[^\d/\\:=]{1,24}$|^\p{L}{1,4}\d{1,2}$/u],
];

// Patterns of these letters. A year ends a date, unless the day before it has a comma.
const WITH_CLOCK = /^(?:[JjK]M?|(?=M*[DFK])[MDFK]{2,4}|Y(?:MD|DM|DD|FF|K))C/;
const FULL_DATE =
  /^(?:(?:F[FD]|DF|K)[YK]|KF|YFF|YK|J|j[Yy]|Y(?:MD|DM|DD)|DP?MP?Y|MP?DP?Y|M(?:DM|MD)Y)/;
const WITH_TWO_DAYS = /^MDDY/; // months of two words: Thg 1 12 2024
const WITH_SHORT_YEAR = /^(?:MD|DM)[Dy]/;
const IN_NUMBERS = /^DDY/;
const WITHOUT_YEAR = /^(?:MD|DM)(?![CYyDJjKF])/;

/**
 * Finds the end of a date that `readUnixDate` cannot read, by the form of its words alone: in an
 * unknown language, of a day that does not exist, or with a year of two digits. Only the last of
 * these is also read.
 *
 * @param inNumbers - whether three numbers may be a date
 */
export function unrecognizedDate(
  line: string,
  from: number,
  context: ListingContext,
  inNumbers: boolean,
): UnixDate | undefined {
  const words = wordsFrom(line, from, context);
  const kinds = words.map(({ text }) => kindOf(text)).join('');
  const count = countOf(kinds, words, inNumbers);
  const last = words[count - 1];
  if (!last) return undefined;
  const end = kinds[count - 1] === 'C' ? clockEnd(words, count) : last.end;
  const nameAt = nameAfter(line, words, kinds.slice(0, count), end);
  if (nameAt >= line.length) return undefined;
  return { local: shortYear(words, kinds.slice(0, count)), precision: 'day', end, nameAt };
}

function wordsFrom(line: string, from: number, context: ListingContext): Word[] {
  const words: Word[] = [];
  let at = skipBlanks(line, from);
  while (at < line.length && words.length < MAX_WORDS) {
    let end = at;
    while (end < line.length && end - at <= MAX_WORD_LENGTH && !isBlank(line.charCodeAt(end)))
      end++;
    if (end - at > MAX_WORD_LENGTH) break;
    words.push({ at, end, text: plain(context.text(line.slice(at, end))) });
    at = skipBlanks(line, end);
  }
  return words;
}

/** Converts digits to ASCII, and removes marks of text direction. */
function plain(word: string): string {
  if (!NON_ASCII.test(word)) return word;
  return word
    .normalize('NFC')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/\p{Nd}/gu, '1'); // only the number of digits matters
}

/** Whether a word has the form of a time of day, even if no such time exists. */
export function isTimeOfDay(word: string): boolean {
  return word.length <= MAX_WORD_LENGTH && kindOf(word) === 'C';
}

/** Whether a word has the form of a full date, even if no such day exists. */
export function isFullDate(word: string): boolean {
  return word.length <= MAX_WORD_LENGTH && kindOf(plain(word)) === 'J';
}

function kindOf(word: string): string {
  return FORMS.find(([, form]) => form.test(word))?.[0] ?? 'x';
}

/** Returns the number of words in the date; 0 if there is no date. */
function countOf(kinds: string, words: readonly Word[], inNumbers: boolean): number {
  const isKnown = words.some(({ text }, i) => i < 2 && monthNamed(text) !== undefined);
  const matched = (form: RegExp) => form.exec(kinds)?.[0].length ?? 0;
  if (kinds.startsWith('MDYC') && words[1]?.text.endsWith(',')) return 4;
  return (
    matched(WITH_CLOCK) ||
    matched(FULL_DATE) ||
    (isKnown ? 0 : matched(WITH_TWO_DAYS)) ||
    matched(WITH_SHORT_YEAR) ||
    (inNumbers ? matched(IN_NUMBERS) : 0) ||
    (isKnown ? matched(WITHOUT_YEAR) : 0)
  );
}

/** Skips what may follow a time of day before the name: AM or PM, a zone, the year of BSD. */
function clockEnd(words: readonly Word[], count: number): number {
  const { end, text } = words[count - 1] as Word;
  const next = words[count];
  if (!next || !words[count + 1]) return end;
  const isPart =
    /^(?:[ap]\.?m\.?|[+-]\d{4})$/i.test(next.text) ||
    (/^\d+:\d+:\d+$/.test(text) && /^\d{4}$/.test(next.text));
  return isPart ? next.end : end;
}

function nameAfter(line: string, words: readonly Word[], kinds: string, end: number): number {
  const afterBlanks = skipBlanks(line, end);
  // Blanks replace the year, or the time of day that other lines have.
  if (/^(?:MD|DM|J|FFY|YFF|K[YK]|KF|YK)$/.test(kinds)) return Math.max(afterBlanks, end + 1);
  if (!/^(?:MD|DM)[YDy]$/.test(kinds)) return end + 1;
  const [, before, year] = words as [Word, Word, Word];
  return nameAfterYear(line, before.end, year.at, end);
}

/**
 * Returns the index of the name after a year. The year may be left-aligned in a column as wide as a
 * time of day. Then it follows the month or day after one blank, and the rest of the column does
 * not belong to the name.
 */
export function nameAfterYear(line: string, before: number, at: number, end: number): number {
  if (at - before !== 1) return end + 1;
  const blanks = skipBlanks(line, end) - end;
  return end + 1 + Math.max(0, Math.min(blanks - 1, YEAR_WIDTH - (end - at)));
}

/** Reads `Nov 16 01` or `16 Nov 101`; NaN for any other form. */
function shortYear(words: readonly Word[], kinds: string): number {
  if (!WITH_SHORT_YEAR.test(kinds)) return Number.NaN;
  const [first = '', second = '', year = ''] = words.map(({ text }) => text);
  const [month, day] = kinds.startsWith('M') ? [first, second] : [second, first];
  const digits = year.length;
  const full = digits > 3 ? Number.NaN : fullYear(numberIn(year, 0, digits), digits);
  return localTime(full, monthNamed(month) ?? Number.NaN, Number.parseInt(day, 10));
}
