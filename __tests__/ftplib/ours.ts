import { FTP, FTPError, ReplyError, type UploadSource } from 'ftpipe';
import type { DialogueServer } from './dialogue-server';
import type { Call, Case, Outcome, Trace } from './trace';

export const TIMEOUT = 5_000;

/** Runs the calls of a case with ftpipe. */
export async function playOurs(
  { calls = [], encoding = 'utf-8', timeout = TIMEOUT }: Case,
  server: DialogueServer,
): Promise<Trace> {
  const ftp = new FTP({
    host: server.host,
    port: server.port,
    encoding,
    timeout,
    timeouts: { quit: timeout, abort: timeout },
  });
  const outcomes: Outcome[] = [];
  for (const call of [['connect'], ...calls] as Call[]) outcomes.push(await outcomeOf(ftp, call));
  ftp.close();
  await server.close();
  const { commands, uploads } = server;
  return { outcomes: withoutPorts(outcomes, server), commands, uploads };
}

/** Replaces ports in outcomes, because they differ from run to run. */
export function withoutPorts(outcomes: readonly Outcome[], server: DialogueServer): Outcome[] {
  return outcomes.map((each) =>
    'error' in each ? { ...each, text: server.withoutPorts(each.text) } : each,
  );
}

async function outcomeOf(ftp: FTP, [name, ...args]: Call): Promise<Outcome> {
  const delivered: Delivered = { what: undefined };
  try {
    return { value: (await result(ftp, name, args, delivered)) ?? null };
  } catch (error) {
    const what = delivered.what?.();
    return { ...failure(error), ...(what !== undefined && { delivered: what }) };
  }
}

/** The data that was delivered before a call failed. */
interface Delivered {
  what: (() => unknown) | undefined;
}

/** An error as its class and the text of its reply. */
export function failure(error: unknown): { error: string; text: string } {
  if (!(error instanceof Error)) return { error: 'no error', text: String(error) };
  if (error instanceof FTPError) {
    checkMessage(error);
    const kind = KINDS[error.code] ?? error.constructor.name;
    const text = error.reply?.lines.join('\n') ?? error.message;
    return { error: kind, text: kind.startsWith('error_') ? text : '' };
  }
  return { error: error.constructor.name, text: '' };
}

/** ftplib's names of the error classes that ftplib has too. */
const KINDS: Readonly<Record<string, string>> = {
  ERR_FTP_REPLY: 'error_reply',
  ERR_FTP_REPLY_TRANSIENT: 'error_temp',
  ERR_FTP_REPLY_PERMANENT: 'error_perm',
  ERR_FTP_PROTOCOL: 'error_proto',
  ERR_FTP_BAD_PASV: 'error_proto',
  ERR_FTP_REPLY_TOO_LARGE: 'error_proto',
};

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const LONGEST_MESSAGE = 512;

/**
 * A message must be one line: the reply, the command in parentheses, and the reply to the previous
 * command if this one was sent as an alternative.
 */
function checkMessage(error: FTPError): void {
  const { message, reply, command } = error;
  if (/\p{Cc}/u.test(message)) throw new Error(`Bad message: ${message}`);
  if (!(error instanceof ReplyError) || !reply) return;
  const whole = reply.lines.join('\n') + (command === undefined ? '' : ` (${command})`);
  const escaped = whole.replace(/\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return ESCAPES[character] ?? `\\u${code}`;
  });
  const isWhole = message === escaped || message.startsWith(`${escaped}: after `);
  const isCut = message.endsWith('...') && escaped.startsWith(message.slice(0, -3));
  if (isWhole || (isCut && message.length === LONGEST_MESSAGE)) return;
  throw new Error(`The message of an error is "${message}", not "${escaped}"`);
}

const NAMES: Readonly<Record<string, string>> = {
  sendcmd: 'sendCmd',
  voidcmd: 'voidCmd',
  voidresp: 'voidResp',
  getwelcome: 'getWelcome',
  set_pasv: 'setPasv',
  set_debuglevel: 'setDebugLevel',
  lastresp: 'lastResp',
  maxline: 'maxLine',
  passiveserver: 'passiveServer',
  trust_server_pasv_ipv4_address: 'trustServerPasvIPv4Address',
};

async function result(
  ftp: FTP,
  name: string,
  args: readonly unknown[],
  delivered: Delivered,
): Promise<unknown> {
  const [cmd, second, third, fourth] = args as [string, never, never, never];
  switch (name) {
    case 'get':
      return Reflect.get(ftp, NAMES[cmd] ?? cmd);
    case 'set':
      Reflect.set(ftp, NAMES[cmd] ?? cmd, second);
      return null;
    case 'retrbinary': {
      const blocks: Buffer[] = [];
      delivered.what = () => latin1(blocks);
      const blocksize: number = second ?? 8192;
      const reply = await ftp.retrBinary(cmd, (block) => blocks.push(block), blocksize, third);
      const fits = blocks.every(({ length }) => length > 0 && length <= blocksize);
      return { reply, data: latin1(blocks), fits };
    }
    case 'retrlines': {
      const lines: string[] = [];
      delivered.what = () => lines;
      const reply = await ftp.retrLines(cmd, (line) => lines.push(line));
      return { reply, lines };
    }
    case 'dir': {
      const lines: string[] = [];
      delivered.what = () => lines;
      await ftp.dir(...(args as string[]), (line: string) => lines.push(line));
      return lines;
    }
    case 'mlsd': {
      const entries = await ftp.mlsd(...(args as [string?, string[]?])).toArray();
      return entries.map(([file, facts]) => [file, { ...facts }]);
    }
    case 'storbinary': {
      const blocks: number[] = [];
      const source = Buffer.from(second as string, 'latin1');
      const called = (block: Buffer) => blocks.push(block.length);
      const reply = await ftp.storBinary(cmd, source, third ?? 8192, called, fourth);
      return { reply, blocks };
    }
    case 'storbinary_of':
      return ftp.storBinary(cmd, second as UploadSource);
    case 'storlines':
      return { reply: await ftp.storLines(cmd, Buffer.from(second as string, 'latin1')) };
    case 'storlines_called': {
      const lines: string[] = [];
      const called = (line: Buffer) => lines.push(line.toString('latin1'));
      await ftp.storLines(cmd, Buffer.from(second as string, 'latin1'), called);
      return lines;
    }
    case 'transfercmd':
    case 'ntransfercmd': {
      const options = { rest: second };
      const { connection, size } =
        name === 'ntransfercmd'
          ? await ftp.ntransferCmd(cmd, options)
          : { connection: await ftp.transferCmd(cmd, options), size: null };
      const blocks: Buffer[] = [];
      delivered.what = () => latin1(blocks);
      for await (const block of connection) blocks.push(block);
      return { size, data: latin1(blocks) };
    }
    case 'transfercmd_stor': {
      const connection = await ftp.transferCmd(cmd, { rest: third });
      await new Promise<void>((resolve, reject) => {
        connection.on('error', reject);
        connection.on('finish', resolve);
        connection.end(Buffer.from(second as string, 'latin1'));
      });
      return null;
    }
    case 'abort_during': {
      const connection = await ftp.transferCmd(cmd);
      connection.on('error', () => {}); // the transfer fails, as it should
      await new Promise((resolve) => connection.once('data', resolve));
      return ftp.abort();
    }
    default: {
      const method: (...args: readonly unknown[]) => unknown = Reflect.get(
        ftp,
        NAMES[name] ?? name,
      );
      return method.apply(ftp, args as unknown[]);
    }
  }
}

function latin1(blocks: readonly Buffer[]): string {
  return Buffer.concat(blocks).toString('latin1');
}
