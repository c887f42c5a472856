import { debuglog } from 'node:util';
import { printable } from '../errors';
import { type Reply, replyText } from '../reply';

/** 0: print nothing. 1: commands and replies. 2: also every line sent or received. */
export type DebugLevel = 0 | 1 | 2;

const nodeDebug = debuglog('ftpipe');

/**
 * Prints the dialogue of a control connection: to the standard error, and with NODE_DEBUG=ftpipe.
 */
export class DebugLog {
  level: DebugLevel = 0;

  command(label: string): void {
    if (nodeDebug.enabled) nodeDebug('%s', `> ${label}`);
    if (this.level > 0) print('*cmd*', label);
    if (this.level > 1) print('*put*', `${label}\r\n`);
  }

  reply(reply: Reply): void {
    if (nodeDebug.enabled) nodeDebug('%s', `< ${printable(replyText(reply))}`);
    if (this.level > 1) for (const line of reply.lines) print('*get*', line);
    if (this.level > 0) print('*resp*', replyText(reply));
  }
}

function print(label: string, text: string): void {
  process.stderr.write(`${label} '${printable(text)}'\n`);
}
