import { ProtocolError, ReplyError } from '../errors';
import { replyOf } from '../reply';

const TIME_VAL = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d+))?/;
// Some servers write the year as "19" and the years since 1900: 19102 means 2002.
const Y2K_FAULT = /^19(1\d\d)(?=\d{10}(?:\D|$))/;

/** Parses a time-val, which is in UTC (RFC 3659 §2.3); `undefined` if it is invalid. */
export function parseTimeVal(text: string): Date | undefined {
  const repaired = text.replace(Y2K_FAULT, (_, years: string) => String(1900 + Number(years)));
  const fields = TIME_VAL.exec(repaired);
  if (!fields) return undefined;
  const [year, month, day, hour, minute, second] = fields.slice(1, 7).map(Number) as FixedFields;
  const milliseconds = Number((fields[7] ?? '').padEnd(3, '0').slice(0, 3));
  const inRange = month >= 1 && month <= 12 && day >= 1 && hour < 24 && minute < 60 && second <= 60;
  if (!inRange) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // Second 60 is a leap second, which Date does not support.
  date.setUTCHours(hour, minute, Math.min(second, 59), milliseconds);
  return date.getUTCDate() === day ? date : undefined;
}

/**
 * Parses the time in the reply to MDTM (RFC 3659 §3). Some servers add words to it.
 *
 * @throws ReplyError for another code
 * @throws ProtocolError if there is no time
 */
export function parseModificationTime(reply: string): Date {
  if (!reply.startsWith('213')) throw new ReplyError(replyOf(reply));
  const time = parseTimeVal(reply.slice(4).trim());
  if (time) return time;
  const context = { reply: replyOf(reply), connectionUsable: true };
  throw new ProtocolError(`${reply} (no time in it)`, context);
}

/** Formats a time-val in UTC, with milliseconds only if they are not zero. */
export function formatTimeVal(date: Date): string {
  const [whole, fraction] = date
    .toISOString()
    .replace(/[-:TZ]/g, '')
    .split('.');
  return fraction === '000' ? (whole as string) : `${whole}.${fraction}`;
}

type FixedFields = [number, number, number, number, number, number];
