import type { Command } from './command';
import type { FaultList } from './faults';
import type { Settings } from './options';
import type { TestSession } from './session';
import type { Storage } from './storage';
import type { TlsInfo } from './tls/secure-connection';

/** Answers a command. A `Refusal` that it throws becomes the reply; any other error a 451. */
export type CommandAnswer = (
  session: TestSession,
  argument: string,
  command: Command,
) => void | Promise<void>;

/** One transfer as the server saw it. */
export interface TransferRecord {
  readonly command: string;
  readonly path: string;
  /** How many bytes went over the data connection. */
  readonly bytes: number;
  /** `'failed'` too where a fault cut it and a 226 was sent all the same. */
  readonly outcome: 'complete' | 'failed';
  /** What the handshake of the data connection came to, where it was under TLS. */
  readonly tls?: TlsInfo;
  /**
   * Whether the client ended TLS with a close_notify. Known of uploads, and with the option
   * `waitForCloseNotify` of downloads.
   */
  readonly closeNotify?: boolean;
}

/**
 * What happens at a server. `'data'`: a piece of a transfer went through; `'transfer'`: one has come
 * to its end; `'idle'`: a session has answered all that it was sent.
 */
export type ServerEvent =
  | 'connect'
  | 'command'
  | 'reply'
  | 'data'
  | 'transfer'
  | 'idle'
  | 'disconnect';

/** What all sessions of a server share. */
export interface ServerState {
  readonly settings: Settings;
  readonly storage: Storage;
  readonly faults: FaultList;
  /** By verb in capitals: the tests' own answers, and the standard ones. */
  readonly custom: ReadonlyMap<string, CommandAnswer>;
  readonly standard: ReadonlyMap<string, CommandAnswer>;
  readonly commands: string[];
  readonly replies: string[];
  readonly transfers: TransferRecord[];
  readonly errors: unknown[];
  changed(event: ServerEvent): void;
}
