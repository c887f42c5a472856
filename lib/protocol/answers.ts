import { type Reply, replyClass, replyText } from '../reply';
import type { Exchange } from './exchange';

/** What decides whether a reply can answer an exchange. */
export type PendingCommand = Pick<Exchange, 'command' | 'expects' | 'isRaw' | 'isProbe'>;

const LOGIN = ['USER', 'PASS', 'ACCT', 'ADAT'];
const GREETING = '';
/** Stands for every command that opens a data connection, whatever its name. */
const TRANSFER = 'transfer';

/**
 * The commands that a code can answer. Servers keep to these codes even where they are careless with
 * others, so that one of them in the wrong place is a reply that the server has sent once too often.
 */
// biome-ignore format: a table
const COMMANDS_BY_CODE: ReadonlyMap<number, readonly string[]> = new Map([
  [211, ['FEAT', 'STAT', 'HELP']],
  [213, ['SIZE', 'MDTM', 'MFMT', 'STAT']],
  [220, [GREETING, 'USER', 'REIN', 'HOST']],
  [221, ['QUIT']],
  [225, [TRANSFER, 'ABOR']],
  [226, [TRANSFER, 'ABOR']],
  [227, ['PASV', 'EPSV']], // either answers the other on some servers
  [228, ['LPSV']],
  [229, ['EPSV', 'PASV']],
  [230, [GREETING, ...LOGIN]],
  [232, [GREETING, ...LOGIN]],
  [234, ['AUTH']],
  [257, ['PWD', 'XPWD', 'MKD', 'XMKD']],
  // ProFTPD, IIS and others also refuse a port with it, which is no transfer yet.
  [425, [TRANSFER, 'ABOR', 'EPSV', 'PASV', 'EPRT', 'PORT']],
  [426, [TRANSFER, 'ABOR']],
]);

/** The only positive completions of commands that ask for a path. */
// biome-ignore format: a table
const ONLY_COMPLETIONS: ReadonlyMap<string, readonly number[]> = new Map([
  ['PWD',  [257, 250]], // 250: Microsoft's server of 2003
  ['XPWD', [257, 250]],
  ['MKD',  [257, 250]],
  ['XMKD', [257, 250]],
]);

/** The usual positive replies of commands that a second reply to the command before could answer, too. */
// biome-ignore format: a table
const USUAL_REPLIES: ReadonlyMap<string, readonly number[]> = new Map([
  ['USER', [230, 331, 332, 232]],
  ['PASS', [230, 202, 332, 232]],
  ['ACCT', [230, 202]],
  ['EPSV', [229]],
  ['PASV', [227]],
  ['PWD',  [257]],
  ['XPWD', [257]],
  ['MKD',  [257]],
  ['XMKD', [257]],
  ['SIZE', [213]],
  ['MDTM', [213]],
  ['FEAT', [211]],
  ['SYST', [215]],
  ['MLST', [250]],
  ['CWD',  [250]],
  ['XCWD', [250]],
  ['CDUP', [250, 200]], // RFC 959 §5.4 says 200 in one place, and 250 in another
  ['XCUP', [250, 200]],
  ['RMD',  [250]],
  ['XRMD', [250]],
  ['DELE', [250]],
  ['RNTO', [250]],
  ['NOOP', [200]],
]);

/** A server that says one of these to NOOP does not know it, or not yet; its order is proved all the same. */
const REFUSES_PROBE: ReadonlySet<number> = new Set([500, 502, 530]);

/**
 * Whether a reply can be the answer to an exchange, or part of it. One that cannot is surplus: the
 * server has said something twice, or says it late.
 */
export function canAnswer({ code }: Reply, { command, expects, isRaw }: PendingCommand): boolean {
  if (isRaw) return true; // whoever sends a command of the own knows what answers it
  const verb = command?.verb ?? GREETING;
  const owners = COMMANDS_BY_CODE.get(code);
  if (owners) return owners.includes(verb) || (isTransfer(expects) && owners.includes(TRANSFER));
  const only = code >= 200 && code < 300 ? ONLY_COMPLETIONS.get(verb) : undefined;
  return only === undefined || only.includes(code);
}

/**
 * Whether a positive reply that can answer a command may just as well be one too many of the command
 * before: it is not what servers usually say, and repeats the code of the last reply, or is another
 * command's own.
 */
export function isDoubtful(
  reply: Reply,
  last: Reply | undefined,
  pending: PendingCommand,
): boolean {
  if (pending.isRaw || pending.command === undefined) return false;
  const usual = USUAL_REPLIES.get(pending.command.verb);
  if (usual === undefined || usual.includes(reply.code)) return false;
  const isRepeated = reply.code === last?.code;
  if (pending.isProbe)
    return replyClass(reply) > 1 && (isRepeated || !REFUSES_PROBE.has(reply.code));
  return replyClass(reply) === 2 && (isRepeated || COMMANDS_BY_CODE.has(reply.code));
}

/**
 * Whose reply comes after a doubtful one: that of the same command, so that the doubtful one was
 * surplus, or that of the next one, so that the doubtful one was the answer.
 */
export function isFromSameCommand(reply: Reply, pending: PendingCommand): boolean {
  if (USUAL_REPLIES.get(pending.command?.verb ?? GREETING)?.includes(reply.code)) return true;
  if (pending.isProbe) return false;
  // A server that does not know the next command, mostly NOOP, says one of these.
  return replyClass(reply) > 3 && reply.code !== 500 && reply.code !== 502;
}

/**
 * Whether a reply says the same as the one before, where that cannot be meant: a 3yz asks for a
 * certain command to follow, and not for the one that has followed.
 */
export function isRepetition(
  reply: Reply,
  last: Reply | undefined,
  pending: PendingCommand,
): boolean {
  if (pending.isRaw || replyClass(reply) !== 3 || last === undefined) return false;
  const goesOn = pending.expects === 'either' || pending.expects === 'intermediate';
  if (goesOn && !(reply.code === 331 && pending.command?.verb === 'PASS')) return false;
  return reply.code === last.code && replyText(reply) === replyText(last);
}

function isTransfer(expects: PendingCommand['expects']): boolean {
  return expects === 'transfer' || expects === 'early';
}
