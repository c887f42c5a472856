import { EventEmitter } from 'eventemitter3';
import type { FTPError } from '../errors';
import type { FTPOptions } from '../options/client-options';
import { type Settings, settingsOf } from '../options/settings';
import { overrideTimeouts } from '../options/timeouts';
import { checkInteger } from '../options/validate';
import { type Codec, codecOf } from '../protocol/codec';
import { type Command, command, type Path } from '../protocol/command';
import type { Reply } from '../reply';
import type { TransferStream } from '../streams/transfer';

/** A client's options, and those of ftplib's attributes that change them. */
export class ClientSettings extends EventEmitter<FTPEvents> {
  readonly #settings: Settings;

  /** @throws TypeError or RangeError for an option that cannot be meant */
  constructor(options: FTPOptions) {
    super();
    this.#settings = settingsOf(options);
  }

  get host(): string {
    return this.#settings.host;
  }

  get port(): number {
    return this.#settings.port;
  }

  /** Of paths and replies; a change holds from the next command on. */
  get encoding(): string | Codec {
    return this.#settings.encoding;
  }

  set encoding(encoding: string | Codec) {
    this.#settings.codec = codecOf(encoding);
    this.#settings.encoding = encoding;
  }

  /** Milliseconds for every wait but that of QUIT and of an abort; `undefined` if they differ. */
  get timeout(): number | undefined {
    return this.#settings.timeout;
  }

  set timeout(timeout: number | undefined) {
    this.#settings.timeouts = overrideTimeouts(this.#settings.timeouts, timeout);
    this.#settings.timeout = timeout;
  }

  /** Bytes of one line of a reply, from the next connection on. */
  get maxLine(): number {
    return this.#settings.maxLine;
  }

  set maxLine(bytes: number) {
    this.#settings.maxLine = checkInteger('maxLine', bytes, 1);
  }

  /** Whether the client opens the data connections. */
  get passiveServer(): boolean {
    return this.#settings.passive;
  }

  set passiveServer(on: boolean) {
    this.#settings.passive = Boolean(on);
  }

  /** Whether the address in a 227 is believed. */
  get trustServerPasvIPv4Address(): boolean {
    return this.#settings.trustServerPasvIPv4Address;
  }

  set trustServerPasvIPv4Address(on: boolean) {
    this.#settings.trustServerPasvIPv4Address = Boolean(on);
  }

  /** Chooses passive (the default) or active mode (`ftplib.set_pasv`). */
  setPasv(on: boolean): void {
    this.passiveServer = on;
  }

  /** @internal */
  protected get settings(): Settings {
    return this.#settings;
  }

  /** Makes a command; what it refuses is refused before anything is sent. @internal */
  protected command(...parts: Path[]): Command {
    return command(this.#settings, ...parts);
  }
}

/** The events of a client. */
export interface FTPEvents {
  /** A command was sent; secrets are masked. */
  command: [label: string];
  reply: [reply: Reply];
  /** The server has agreed to begin a transfer. */
  transfer: [stream: TransferStream];
  /** Something odd at the server's side that was got over. */
  warning: [message: string];
  /** The control connection is gone; without a reason it was closed from here. */
  close: [reason: FTPError | undefined];
}
