import { EventEmitter } from 'eventemitter3';
import type { FTPOptions } from '../options/client-options';
import { type Settings, settingsOf } from '../options/settings';
import { withTimeout } from '../options/timeouts';
import { checkInteger } from '../options/validate';
import { type Codec, codecOf } from '../protocol/codec';
import { type Command, command, type Path } from '../protocol/command';
import type { FTPEvents } from './events';

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
    this.#settings.timeouts = withTimeout(this.#settings.timeouts, timeout);
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
