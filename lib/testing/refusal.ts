/** Thrown by whatever answers a command: the command ends with this reply. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reply: string;

  constructor(reply: string) {
    super(reply);
    this.reply = reply;
  }
}
