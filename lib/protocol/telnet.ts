/** How a byte 0xFF is written in each direction of a control connection. */
export interface TelnetRule {
  /** How the client writes it in commands. */
  readonly commands: TelnetIac;
  /** How the server writes it in replies. */
  readonly replies: TelnetIac;
}

/** `'double'`: twice, as RFC 854 requires. `'raw'`: once. */
export type TelnetIac = 'double' | 'raw';

/** RFC 959 §4.1.3 and RFC 3659 §2.2. */
const STANDARD: TelnetRule = { commands: 'double', replies: 'double' };

// Observed: of these, only ProFTPD decodes Telnet in commands, and only vsftpd encodes replies.
const RULES: ReadonlyMap<string, TelnetRule> = new Map([
  ['vsftpd', { commands: 'raw', replies: 'double' }],
  ['proftpd', { commands: 'double', replies: 'raw' }],
  ['pure-ftpd', { commands: 'raw', replies: 'raw' }],
  ['pyftpdlib', { commands: 'raw', replies: 'raw' }],
]);

/** Returns the rule for a server by its greeting; for an unknown server, the standard's rule. */
export function telnetRuleOf(greeting: string): TelnetRule {
  const name = /\b(?:vsFTPd|ProFTPD|Pure-FTPd|pyftpdlib)\b/i.exec(greeting)?.[0] ?? '';
  return RULES.get(name.toLowerCase()) ?? STANDARD;
}

/** The rule for one control connection. Before the greeting, it is the standard's rule. */
export class ConnectionTelnet implements TelnetRule {
  readonly #override: TelnetIac | undefined;
  #rule = STANDARD;

  /** @param override - the rule for both directions, regardless of the server */
  constructor(override?: TelnetIac) {
    this.#override = override;
  }

  /** How the client writes 0xFF in commands. */
  get commands(): TelnetIac {
    return this.#override ?? this.#rule.commands;
  }

  /** How the server writes 0xFF in replies. */
  get replies(): TelnetIac {
    return this.#override ?? this.#rule.replies;
  }

  /** Chooses the rule by the greeting of the server. */
  noteGreeting(greeting: string): void {
    this.#rule = telnetRuleOf(greeting);
  }
}

const IAC = 0xff;
const FIRST_COMMAND = 0xf0; // RFC 854: commands are 240 to 255
const WILL = 0xfb; // an option byte follows WILL, WONT, DO and DONT (251 to 254)

/**
 * Removes Telnet commands from the bytes of a control connection (RFC 854). RFC 1123 §4.1.2.12
 * requires a client to ignore them, not to answer.
 *
 * A 0xFF before a byte that is not a Telnet command is kept, because many servers send a 0xFF in a
 * name unescaped.
 */
export class TelnetDecoder {
  #state: 'nothing' | 'iac' | 'option' = 'nothing';

  /** Whether the bytes so far do not end within a Telnet command. */
  get idle(): boolean {
    return this.#state === 'nothing';
  }

  /** Decodes the next bytes. */
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

/** Doubles each 0xFF, as Telnet requires. */
export function escapeIac(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(IAC)) return bytes;
  return Buffer.from([...bytes].flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte])));
}
