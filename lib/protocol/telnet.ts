/** How each direction of a control connection writes a byte 0xFF. */
export interface TelnetRule {
  readonly commands: TelnetIac;
  readonly replies: TelnetIac;
}

/** `'double'`: as two, as RFC 854 wants it. `'raw'`: as it is. */
export type TelnetIac = 'double' | 'raw';

/** RFC 959 §4.1.3 and RFC 3659 §2.2. */
const STANDARD: TelnetRule = { commands: 'double', replies: 'double' };

// As observed: only ProFTPD reads Telnet in commands, and only vsftpd writes it in replies.
const RULES: ReadonlyMap<string, TelnetRule> = new Map([
  ['vsftpd', { commands: 'raw', replies: 'double' }],
  ['proftpd', { commands: 'double', replies: 'raw' }],
  ['pure-ftpd', { commands: 'raw', replies: 'raw' }],
  ['pyftpdlib', { commands: 'raw', replies: 'raw' }],
]);

/** The rule that a server follows, judged by its greeting; the standard's for an unknown server. */
export function telnetRuleOf(greeting: string): TelnetRule {
  const name = /\b(?:vsFTPd|ProFTPD|Pure-FTPd|pyftpdlib)\b/i.exec(greeting)?.[0] ?? '';
  return RULES.get(name.toLowerCase()) ?? STANDARD;
}

/** The rule that holds on one control connection; until the greeting, it is the standard's. */
export class ConnectionTelnet implements TelnetRule {
  readonly #override: TelnetIac | undefined;
  #rule = STANDARD;

  /** @param override - the rule for both directions, whatever the server is */
  constructor(override?: TelnetIac) {
    this.#override = override;
  }

  get commands(): TelnetIac {
    return this.#override ?? this.#rule.commands;
  }

  get replies(): TelnetIac {
    return this.#override ?? this.#rule.replies;
  }

  noteGreeting(greeting: string): void {
    this.#rule = telnetRuleOf(greeting);
  }
}

const IAC = 0xff;
const FIRST_COMMAND = 0xf0; // RFC 854: commands are 240 to 255
const WILL = 0xfb; // WILL, WONT, DO and DONT (251 to 254) are followed by an option

/**
 * Takes Telnet's commands out of the bytes of a control connection (RFC 854;
 * RFC 1123 §4.1.2.12: they are to be ignored, never answered).
 *
 * A 0xFF before a byte that is no Telnet command is kept: many servers send a name with a
 * single 0xFF as it is.
 */
export class TelnetDecoder {
  #state: 'nothing' | 'iac' | 'option' = 'nothing';

  /** Whether no command has begun. */
  get idle(): boolean {
    return this.#state === 'nothing';
  }

  push(chunk: Buffer): Buffer {
    if (this.idle && !chunk.includes(IAC)) return chunk;
    const data: number[] = [];
    for (const byte of chunk) this.#take(byte, data);
    return Buffer.from(data);
  }

  #take(byte: number, data: number[]): void {
    switch (this.#state) {
      case 'nothing':
        if (byte === IAC) this.#state = 'iac';
        else data.push(byte);
        break;
      case 'iac':
        this.#state = byte >= WILL && byte < IAC ? 'option' : 'nothing';
        if (byte === IAC) data.push(IAC);
        else if (byte < FIRST_COMMAND) data.push(IAC, byte);
        break;
      case 'option':
        this.#state = 'nothing';
        break;
    }
  }
}

/** Doubles each 0xFF. */
export function escapeIac(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(IAC)) return bytes;
  return Buffer.from([...bytes].flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte])));
}
