/** Thrown by the handler of a command, to end the command with this reply. */
export class Refusal extends Error {
  /** The error's name. */
  override readonly name = 'Refusal';
  /** The reply to send, without CRLF. */
  readonly reply: string;

  /** Creates the error for a reply, without CRLF: `550 No such file.` */
  constructor(reply: string) {
    super(reply);
    this.reply = reply;
  }
}
