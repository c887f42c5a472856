import { type Reply, replyClass, replyText } from '../reply';
import type { Exchange } from './exchange';

/** The parts of an exchange that decide whether a reply can answer it. */
export type PendingCommand = Pick<Exchange, 'command' | 'expects' | 'isRaw' | 'isProbe'>;

const LOGIN = ['USER', 'PASS', 'ACCT', 'ADAT'];
const GREETING = '';
/** Stands for all commands that open a data connection. */
const TRANSFER = 'transfer';

/**
 * The commands that a code can answer. Even servers that are careless with other codes use these
 * correctly, so such a code in the wrong place is a surplus reply.
 */
// biome-ignore format: a table
const COMMANDS_BY_CODE: ReadonlyMap<number, readonly string[]> = new Map([
  [211, ['FEAT', 'STAT', 'HELP']],
  [213, ['SIZE', 'MDTM', 'MFMT', 'STAT']],
  [220, [GREETING, 'USER', 'REIN', 'HOST']],
  [221, ['QUIT']],
  [225, [TRANSFER, 'ABOR']],
  [226, [TRANSFER, 'ABOR']],
  [227, ['PASV', 'EPSV']], // some servers answer one with the reply of the other
  [228, ['LPSV']],
  [229, ['EPSV', 'PASV']],
  [230, [GREETING, ...LOGIN]],
  [232, [GREETING, ...LOGIN]],
  [234, ['AUTH']],
  [257, ['PWD', 'XPWD', 'MKD', 'XMKD']],
  // ProFTPD, IIS and others also send it to refuse a port, before any transfer.
  [425, [TRANSFER, 'ABOR', 'EPSV', 'PASV', 'EPRT', 'PORT']],
  [426, [TRANSFER, 'ABOR']],
]);

/** The only positive completion codes of commands that return a path. */
// biome-ignore format: a table
const ONLY_COMPLETIONS: ReadonlyMap<string, readonly number[]> = new Map([
  ['PWD',  [257, 250]], // 250: Microsoft's server from 2003
  ['XPWD', [257, 250]],
  ['MKD',  [257, 250]],
  ['XMKD', [257, 250]],
]);

/** The usual positive replies to commands that could be mistaken for a repeated earlier reply. */
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
  ['CDUP', [250, 200]], // RFC 959 §5.4 gives 200 in one place and 250 in another
  ['XCUP', [250, 200]],
  ['RMD',  [250]],
  ['XRMD', [250]],
  ['DELE', [250]],
  ['RNTO', [250]],
  ['NOOP', [200]],
]);

/** The replies of a server that does not know NOOP, or not yet. They prove the order as well. */
const REFUSES_PROBE: ReadonlySet<number> = new Set([500, 502, 530]);

/**
 * Whether a reply can be the answer to an exchange, or part of it. If not, it is surplus: the
 * server sent a reply twice or late.
 */
export function canAnswer({ code }: Reply, { command, expects, isRaw }: PendingCommand): boolean {
  if (isRaw) return true; // the user knows what answers such a command
  const verb = command?.verb ?? GREETING;
  const owners = COMMANDS_BY_CODE.get(code);
  if (owners) return owners.includes(verb) || (isTransfer(expects) && owners.includes(TRANSFER));
  const only = code >= 200 && code < 300 ? ONLY_COMPLETIONS.get(verb) : undefined;
  return only === undefined || only.includes(code);
}

/**
 * Whether a positive reply that can answer a command may also be a surplus reply of the previous
 * command: it is unusual for this command, and it repeats the code of the last reply or belongs to
 * another command.
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
 * Whether the reply after a doubtful one answers the same command. If it does, the doubtful reply
 * was surplus. If it answers the next command, the doubtful reply was the answer.
 */
export function isFromSameCommand(reply: Reply, pending: PendingCommand): boolean {
  if (USUAL_REPLIES.get(pending.command?.verb ?? GREETING)?.includes(reply.code)) return true;
  if (pending.isProbe) return false;
  // 500 and 502 come from a server that does not know the next command, which is usually NOOP.
  return replyClass(reply) > 3 && reply.code !== 500 && reply.code !== 502;
}

/**
 * Whether a reply repeats the previous one where that makes no sense: a 3yz asks for a certain next
 * command, so it cannot answer that command as well.
 */
export function isRepetition(
  reply: Reply,
  last: Reply | undefined,
  pending: PendingCommand,
): boolean {
  if (pending.isRaw || replyClass(reply) !== 3 || last === undefined) return false;
  const allows3yz = pending.expects === 'either' || pending.expects === 'intermediate';
  if (allows3yz && !(reply.code === 331 && pending.command?.verb === 'PASS')) return false;
  return reply.code === last.code && replyText(reply) === replyText(last);
}

function isTransfer(expects: PendingCommand['expects']): boolean {
  return expects === 'transfer' || expects === 'early';
}
