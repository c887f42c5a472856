import type { ListingContext } from '../context';
import { readClock } from '../dates/clock';
import { localTime } from '../dates/ls-date';
import { draft, type Entry, note, setModified } from '../entry';
import { digitsEnd, isDigits, numberIn, wordsOf } from '../scan';

const MAX_MEMBER_LENGTH = 40; // 8 on any real system

/**
 * Parses a member of a partitioned data set. `Size` counts records, or bytes in hexadecimal for a
 * load module.
 *
 *      Name     VV.MM   Created       Changed      Size  Init   Mod   Id
 *     TBSHELF1  01.03 2002/09/12 2002/10/11 09:37    11    11     0 KIL001
 *      Name      Size     TTR   Alias-of AC --------- Attributes --------- Amode Rmode
 *     EAGRTPRC  005F48   000011 EAGRTALT 00 FO             RN RU            31    ANY
 *
 * @param isKnown - whether the listing is one of members; some of these have only a name
 */
export function parseMember(
  line: string,
  context: ListingContext,
  isKnown: boolean,
): Entry | undefined {
  const words = wordsOf(line, 16);
  const [name, second = ''] = words;
  if (name === undefined || name.length > MAX_MEMBER_LENGTH) return undefined;
  if (words.length === 1) return isKnown ? draft(context, line, name, 'file') : undefined;
  if (/^\d\d\.\d\d$/.test(second)) return withStatistics(line, words, name, context);
  return /^[0-9A-F]{6}$/.test(second) ? loadModule(line, words, name, context) : undefined;
}

function withStatistics(
  line: string,
  words: readonly string[],
  name: string,
  context: ListingContext,
): Entry | undefined {
  const [, version, created, changed = '', time = '', records, init, mod, id] = words;
  const clock = readClock(time, 0);
  const isDate = /^\d{2,4}[-/.]\d\d[-/.]\d{2,4}$/.test(changed);
  if (!isDate || !clock || clock.end !== time.length) return undefined;
  const [year = 0, month = 0, day] = changed.split('/').map(Number);
  const isRead = /^\d{4}\/\d\d\/\d\d$/.test(changed) && day !== undefined;
  const { hour, minute, second } = clock;
  const local = isRead ? localTime(year, month - 1, day, hour, minute, second) : Number.NaN;
  const entry = draft(context, line, name, 'file');
  const facts = { version, created, records, init, mod, id };
  for (const [fact, value] of Object.entries(facts)) note(entry, fact, value);
  setModified(entry, { local, precision: clock.precision }, context, `${changed} ${time}`);
  return entry;
}

function loadModule(
  line: string,
  words: readonly string[],
  name: string,
  context: ListingContext,
): Entry | undefined {
  const [, size = '', ttr = '', fourth = '', fifth = ''] = words;
  if (!/^[0-9A-F]{6}$/.test(ttr)) return undefined;
  const isAlias = !/^\d\d$/.test(fourth);
  if (isAlias && !/^\d\d$/.test(fifth)) return undefined;
  const entry = draft(context, line, name, 'file');
  entry.size = Number.parseInt(size, 16);
  note(entry, 'ttr', ttr);
  if (isAlias) note(entry, 'alias-of', fourth);
  return entry;
}

/** Whether a line is the header of a listing of members. */
export function isMemberHeader(line: string): boolean {
  const [first, second] = wordsOf(line, 2);
  if (first !== 'Name') return false;
  return second === 'VV.MM' || (second === 'Size' && line.includes('TTR'));
}

/**
 * Parses a JES job. Its name is the job number, which RETR expects.
 *
 *     JOBNAME  JOBID    OWNER    STATUS CLASS
 *     IBMUSER2 JOB01906 IBMUSER  OUTPUT A        RC=0000 3 spool files
 *     IBMUSER1  JOB01906  OUTPUT    3 Spool Files
 */
export function parseJob(line: string, context: ListingContext): Entry | undefined {
  const words = wordsOf(line, 12);
  const [job = '', id = '', third = '', fourth = ''] = words;
  if (!/^(?:JOB|TSU|STC|J|T|S)\d{5,7}$/.test(id)) return undefined;
  const isFirstLevel = isStatus(third);
  if (!isFirstLevel && !isStatus(fourth)) return undefined;
  const entry = draft(context, line, id, 'file');
  note(entry, 'jobname', job);
  note(entry, 'status', isFirstLevel ? third : fourth);
  if (!isFirstLevel) {
    entry.owner = context.text(third);
    note(entry, 'class', words[4]);
  }
  const files = words.findIndex((word) => word.toLowerCase() === 'spool');
  const count = words[files - 1] ?? '';
  if (isDigits(count, 0, count.length)) note(entry, 'files', count);
  const outcome = words.find((word) => /^(?:RC|ABEND)=/.test(word));
  note(entry, 'outcome', outcome);
  return entry;
}

function isStatus(word: string): boolean {
  return word === 'INPUT' || word === 'ACTIVE' || word === 'OUTPUT' || word === 'HELD';
}

/** Whether a line is the header of a listing of jobs. */
export function isJobHeader(line: string): boolean {
  return line.startsWith('JOBNAME ') && line.includes('JOBID');
}

/**
 * Parses a spool file in the listing of a single job.
 *
 *     ID  STEPNAME PROCSTEP C DDNAME   BYTE-COUNT
 *     001 JESE              H JESMSGLG       2277
 *
 * @param isKnown - whether this header came before
 */
export function parseSpoolFile(
  line: string,
  context: ListingContext,
  isKnown: boolean,
): Entry | undefined {
  const words = wordsOf(line, 8);
  const [id = '', step] = words;
  const size = words.at(-1) ?? '';
  if (!isKnown || words.length < 4 || digitsEnd(id, 0) !== 3 || id.length !== 3) return undefined;
  const bytes = numberIn(size, 0, size.length);
  if (Number.isNaN(bytes)) return undefined;
  const entry = draft(context, line, id, 'file');
  entry.size = bytes;
  note(entry, 'stepname', step);
  note(entry, 'ddname', words.at(-2));
  return entry;
}

/** Whether a line is the header of a listing of spool files. */
export function isSpoolHeader(line: string): boolean {
  const words = wordsOf(line, 8);
  return words[0] === 'ID' && words[1] === 'STEPNAME' && words.at(-1) === 'BYTE-COUNT';
}
