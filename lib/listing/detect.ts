import type { ListingContext } from './context';
import { parseAs400 } from './dialects/as400';
import { cmsUnderHeader, isCmsHeader, parseBfs, parseCms } from './dialects/cms';
import { isDosFrame, parseDos } from './dialects/dos';
import { parseEplf } from './dialects/eplf';
import { parseMlsxFacts } from './dialects/mlsx';
import {
  isJobHeader,
  isMemberHeader,
  isSpoolHeader,
  parseJob,
  parseMember,
  parseSpoolFile,
} from './dialects/mvs';
import { datasetUnderHeader, isDatasetHeader, parseDataset } from './dialects/mvs-dataset';
import { parseNetware } from './dialects/netware';
import { isNonstopHeader, parseNonstop } from './dialects/nonstop';
import { parseOs2 } from './dialects/os2';
import { parseUnix } from './dialects/unix';
import { parseUnixNumeric } from './dialects/unix-numeric';
import { isVmsFrame, parseVms } from './dialects/vms';
import { parseVshell } from './dialects/vshell';
import type { Entry } from './entry';
import { isDigit, wordsOf } from './scan';

/** A format of directory listings. */
export interface Dialect {
  /** Identifies the dialect. */
  readonly name: string;
  /**
   * Returns the entry of a line; `undefined` if the line is not in this dialect, or no entry.
   *
   * @param isKnown - whether an earlier line was in this dialect, so that a vague match suffices
   */
  readonly parse: (line: string, context: ListingContext, isKnown: boolean) => Entry | undefined;
  /** Limit on the characters of a line, for dialects with lines of fixed width. */
  readonly maxLength?: number;
  /** Whether a line introduces entries of this dialect. */
  readonly isHeader?: (line: string) => boolean;
  /** Returns the entry of a line that no dialect can parse, below such a header. */
  readonly underHeader?: (line: string, context: ListingContext) => Entry | undefined;
}

/** All dialects in order of precedence: the first one that can parse a line is right. */
// biome-ignore format: a table
export const DIALECTS: readonly Dialect[] = [
  { name: 'unix',    parse: parseUnix },
  { name: 'numeric', parse: parseUnixNumeric },
  { name: 'dos',     parse: parseDos },
  { name: 'eplf',    parse: parseEplf },
  { name: 'netware', parse: parseNetware },
  { name: 'mlsx',    parse: parseMlsxFacts },
  { name: 'vms',     parse: parseVms },
  { name: 'as400',   parse: parseAs400 },
  { name: 'os2',     parse: parseOs2 },
  { name: 'nonstop', parse: parseNonstop,   maxLength: 512, isHeader: isNonstopHeader },
  { name: 'vshell',  parse: parseVshell },
  { name: 'cms',     parse: parseCms,       maxLength: 512, isHeader: isCmsHeader, underHeader: cmsUnderHeader },
  { name: 'bfs',     parse: parseBfs },
  { name: 'dataset', parse: parseDataset,   maxLength: 512, isHeader: isDatasetHeader, underHeader: datasetUnderHeader },
  { name: 'member',  parse: parseMember,    maxLength: 512, isHeader: isMemberHeader },
  { name: 'job',     parse: parseJob,       maxLength: 512, isHeader: isJobHeader },
  { name: 'spool',   parse: parseSpoolFile, maxLength: 512, isHeader: isSpoolHeader },
];

/** Whether a line is short enough for a dialect. */
export function fits(
  { length }: string,
  { maxLength: longest = Number.POSITIVE_INFINITY }: Dialect,
): boolean {
  return length <= longest;
}

/** Returns the dialect of which a line is a header, if any. */
export function dialectOfHeader(line: string): Dialect | undefined {
  return DIALECTS.find((dialect) => fits(line, dialect) && dialect.isHeader?.(line));
}

// "total 42" of `ls -l`, in all languages in which it is known.
const TOTALS: ReadonlySet<string> = new Set(
  'total insgesamt gesamt totale totaal totalt celkem razem összesen yhteensä toplam итого всього 合計 総計 总计 总用量 總計 합계 σύνολο'.split(
    ' ',
  ),
);

/** Whether a line is a known part of a listing other than an entry: blank, a total, a header. */
export function isFrame(line: string, context: ListingContext): boolean {
  const words = wordsOf(line, 3);
  const [first = '', second = ''] = words;
  if (first === '') return true;
  if (words.length === 2 && isDigit(second.charCodeAt(0)) && first.length <= 40) {
    if (TOTALS.has(context.text(first).toLowerCase().replace(/:$/, ''))) return true;
  }
  return isDosFrame(line) || isVmsFrame(line) || /^-{3,}$/.test(line.slice(0, 80).trim());
}
