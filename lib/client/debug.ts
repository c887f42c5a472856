import { debuglog } from 'node:util';
import { printable } from '../errors';
import { type Reply, replyText } from '../reply';

/** 0 shows nothing, 1 commands and replies, 2 every line as it goes over the wire (`ftplib.set_debuglevel`). */
export type DebugLevel = 0 | 1 | 2;

const nodeDebug = debuglog('ftpipe');

/** Shows what is said on a control connection: on the standard error, or where NODE_DEBUG=ftpipe shows it. */
export class DebugLog {
  level: DebugLevel = 0;

  command(label: string): void {
    if (nodeDebug.enabled) nodeDebug('%s', `> ${label}`);
    if (this.level > 0) show('*cmd*', label);
    if (this.level > 1) show('*put*', `${label}\r\n`);
  }

  reply(reply: Reply): void {
    if (nodeDebug.enabled) nodeDebug('%s', `< ${printable(replyText(reply))}`);
    if (this.level > 1) for (const line of reply.lines) show('*get*', line);
    if (this.level > 0) show('*resp*', replyText(reply));
  }
}

function show(what: string, text: string): void {
  process.stderr.write(`${what} '${printable(text)}'\n`);
}
