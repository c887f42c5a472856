/** Whether a character code is a space or a tab. */
export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Whether a character code is an ASCII digit. */
export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Returns the index after the blanks that begin at `at`. */
export function skipBlanks(line: string, at: number): number {
  let end = at;
  while (isBlank(line.charCodeAt(end))) end++;
  return end;
}

/** Returns the index after the word that begins at `at`. */
export function wordEnd(line: string, at: number): number {
  let end = at;
  while (end < line.length && !isBlank(line.charCodeAt(end))) end++;
  return end;
}

/** Returns the index after the digits that begin at `at`. */
export function digitsEnd(line: string, at: number): number {
  let end = at;
  while (isDigit(line.charCodeAt(end))) end++;
  return end;
}

const MAX_DIGITS = 16; // of a safe integer

/** Parses a part of a line that has only digits; NaN for other text, or beyond safe integers. */
export function numberIn(line: string, start: number, end: number): number {
  let from = start;
  while (from < end - 1 && line.charCodeAt(from) === 0x30) from++;
  if (from >= end || end - from > MAX_DIGITS) return Number.NaN;
  let value = 0;
  for (let i = from; i < end; i++) {
    const code = line.charCodeAt(i);
    if (!isDigit(code)) return Number.NaN;
    value = value * 10 + (code - 0x30);
  }
  return value <= Number.MAX_SAFE_INTEGER ? value : Number.NaN;
}

/** Whether a part of a line consists of digits, with at least one. */
export function isDigits(line: string, start: number, end: number): boolean {
  return start < end && digitsEnd(line, start) >= end;
}

/** Returns the words of a line, at most the first `most`; default: 24. */
export function wordsOf(line: string, most = 24): string[] {
  const words: string[] = [];
  let at = skipBlanks(line, 0);
  while (at < line.length && words.length < most) {
    const end = wordEnd(line, at);
    words.push(line.slice(at, end));
    at = skipBlanks(line, end);
  }
  return words;
}

/** Parses a number with or without thousands separators: `9,730`, `9.730`; NaN for other text. */
export function groupedNumber(text: string): number {
  if (isDigits(text, 0, text.length)) return numberIn(text, 0, text.length);
  const separator = text.charAt(digitsEnd(text, 0));
  if (separator !== ',' && separator !== '.') return Number.NaN;
  if (text.length > 2 * MAX_DIGITS) return Number.NaN;
  const [first = '', ...groups] = text.split(separator);
  const isGrouped = first.length >= 1 && first.length <= 3;
  if (!isGrouped || groups.some((group) => group.length !== 3)) return Number.NaN;
  const digits = first + groups.join('');
  return numberIn(digits, 0, digits.length);
}
