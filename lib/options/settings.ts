import type { ConnectionOptions } from 'node:tls';
import { type Codec, codecOf } from '../protocol/codec';
import type { ActiveCommand, PassiveCommand } from '../protocol/session-state';
import type { CreateConnection } from '../transport/socket/dial';
import { TlsClient } from '../transport/tls/tls-client';
import type { SessionChoice } from '../transport/tls/tls-sessions';
import { checkClientOptions, checkOptions, copyOf } from './check-names';
import type { FTPOptions } from './client-options';
import { checkAddress, checkHost } from './host';
import { TIMEOUTS, TLS, TLS_CLIENT } from './option-names';
import { DEFAULT_TIMEOUTS, overrideTimeouts, type Timeouts } from './timeouts';
import type { FTPTLSOptions } from './tls-options';
import {
  checkBoolean,
  checkFunction,
  checkInteger,
  checkInterval,
  checkList,
  checkOneOf,
  checkPort,
  checkSignal,
  checkTimeout,
  invalidValue,
} from './validate';

/** The checked TLS options of an `FTPTLS`. */
export interface TlsSettings {
  readonly client: TlsClient;
  readonly implicit: boolean;
  readonly dataProtection: 'private' | 'clear';
  readonly closeNotify: 'auto' | 'require' | 'ignore';
  readonly tlsSession: SessionChoice;
}

/** A client's checked options, with defaults filled in. */
export interface Settings {
  /** Set for `FTPTLS` only: TLS is then required. */
  tls: TlsSettings | undefined;
  host: string;
  port: number;
  timeouts: Timeouts;
  timeout: number | undefined;
  encoding: string | Codec;
  codec: Codec;
  telnetIac: 'double' | 'raw' | undefined;
  passive: boolean;
  passiveCommands: readonly PassiveCommand[];
  activeCommands: readonly ActiveCommand[];
  activePorts: readonly [number, number] | undefined;
  externalAddress: string | undefined;
  trustServerPasvIPv4Address: boolean;
  localAddress: string | undefined;
  family: 0 | 4 | 6;
  keepAlive: number;
  noopInterval: number;
  createConnection: CreateConnection | undefined;
  maxLine: number;
  maxReply: number;
  maxListingLine: number;
  maxReadAhead: number;
  strictMultiline: boolean;
  pipelining: boolean;
  loginInOneWrite: boolean;
}

/** The port of FTP (RFC 959 §8, `ftplib.FTP_PORT`). */
export const FTP_PORT = 21;

/** The port of FTP over implicit TLS. */
export const FTPS_PORT = 990;

/** The default of `maxLine` (`ftplib.MAXLINE`). */
export const MAXLINE = 8192;

const KIB = 1024;

/**
 * Checks a client's options and fills in the defaults.
 * @throws TypeError or RangeError with Node's `code` if an option is invalid
 */
export function settingsOf(options: FTPOptions): Settings {
  checkClientOptions(options);
  refuseTls(options);
  checkSignal(options.signal);
  if (options.createConnection !== undefined) {
    checkFunction('createConnection', options.createConnection);
  }
  const encoding = orDefault(options.encoding, 'utf8');
  return {
    tls: undefined,
    host: checkHost(options.host === undefined ? 'localhost' : options.host),
    port: checkPort('port', orDefault(options.port, FTP_PORT)),
    timeouts: timeoutsOf(options),
    timeout: options.timeouts === undefined ? options.timeout : undefined,
    encoding,
    codec: codecOf(encoding),
    telnetIac: checkOneOf('telnetIac', options.telnetIac, [undefined, 'double', 'raw'] as const),
    passive: checkBoolean('passive', orDefault(options.passive, true)),
    passiveCommands: checkList('passiveCommands', options.passiveCommands, ['EPSV', 'PASV']),
    activeCommands: checkList('activeCommands', options.activeCommands, ['EPRT', 'PORT']),
    activePorts:
      options.activePorts === undefined ? undefined : checkPortRange(options.activePorts),
    externalAddress: checkAddress('externalAddress', options.externalAddress),
    trustServerPasvIPv4Address: checkBoolean(
      'trustServerPasvIPv4Address',
      orDefault(options.trustServerPasvIPv4Address, false),
    ),
    localAddress: checkAddress('localAddress', options.localAddress),
    family: checkOneOf('family', orDefault(options.family, 0), [0, 4, 6]),
    keepAlive: checkInteger('keepAlive', orDefault(options.keepAlive, 10_000), 0),
    noopInterval: checkInterval('noopInterval', orDefault(options.noopInterval, 0)),
    createConnection: options.createConnection,
    maxLine: checkInteger('maxLine', orDefault(options.maxLine, MAXLINE), 1),
    maxReply: checkInteger('maxReply', orDefault(options.maxReply, 64 * KIB), 1),
    maxListingLine: checkInteger('maxListingLine', orDefault(options.maxListingLine, 64 * KIB), 1),
    maxReadAhead: checkInteger('maxReadAhead', orDefault(options.maxReadAhead, 16 * KIB * KIB), 0),
    pipelining: checkBoolean('pipelining', orDefault(options.pipelining, false)),
    loginInOneWrite: checkBoolean('loginInOneWrite', orDefault(options.loginInOneWrite, false)),
    strictMultiline: checkBoolean('strictMultiline', orDefault(options.strictMultiline, true)),
  };
}

/**
 * Only what is left out has its default: null is refused as any other value that cannot be meant.
 */
function orDefault<T>(value: T | undefined, otherwise: T): T {
  return value === undefined ? otherwise : value;
}

/** Rejects TLS options for `FTP`: its connections are not encrypted. */
function refuseTls(options: FTPOptions): void {
  for (const name of ['secure', ...Object.keys(TLS_CLIENT)]) {
    const value = (options as Record<string, unknown>)[name];
    if (value === undefined || value === false) continue;
    throw invalidValue(name, value, 'absent for FTP: use FTPTLS for a connection over TLS');
  }
}

function checkPortRange(range: unknown): readonly [number, number] {
  if (!Array.isArray(range) || range.length !== 2) {
    throw invalidValue('activePorts', range, 'the first and the last port');
  }
  const [from, to] = range.map((port) => checkPort('activePorts', port)) as [number, number];
  if (from > to) throw invalidValue('activePorts', range, 'the first and the last port');
  return [from, to];
}

/** Options of `tls.connect` that the client sets for each connection. */
const RESERVED_TLS_OPTIONS = [
  'host',
  'port',
  'path',
  'socket',
  'session',
  'lookup',
  'timeout',
] as const;

/** Splits the options of `FTPTLS` into checked TLS options and those of `FTP`. */
export function splitOptions(options: FTPTLSOptions): { tls: TlsSettings; rest: FTPOptions } {
  checkClientOptions(options);
  const { secure, implicit, tls, dataProtection, closeNotify, tlsSession, ...rest } =
    copyOf(options);
  if (secure !== undefined && !([true, 'explicit', 'implicit'] as unknown[]).includes(secure)) {
    throw invalidValue('secure', secure, "true, 'explicit' or 'implicit' for FTPTLS");
  }
  return {
    tls: {
      client: new TlsClient(checkTls(orDefault(tls, {}))),
      implicit: checkBoolean('implicit', orDefault(implicit, secure === 'implicit')),
      dataProtection: checkOneOf('dataProtection', orDefault(dataProtection, 'private'), [
        'private',
        'clear',
      ]),
      closeNotify: checkOneOf('closeNotify', orDefault(closeNotify, 'auto'), [
        'auto',
        'require',
        'ignore',
      ]),
      tlsSession: checkOneOf('tlsSession', orDefault(tlsSession, 'control'), ['control', 'rotate']),
    },
    rest,
  };
}

function checkTls(tls: object): ConnectionOptions {
  checkOptions(tls, TLS, 'tls');
  const reserved = RESERVED_TLS_OPTIONS.find(
    (name) => (tls as Record<string, unknown>)[name] !== undefined,
  );
  if (reserved !== undefined)
    throw invalidValue(`tls.${reserved}`, '...', 'absent: the client sets it');
  return tls;
}

/**
 * Combines the options `timeout` and `timeouts` with the defaults.
 * @throws TypeError or RangeError if one is invalid
 */
export function timeoutsOf({
  timeout,
  timeouts = {},
}: {
  timeout?: number | undefined;
  timeouts?: Partial<Timeouts> | undefined;
}): Timeouts {
  checkOptions(timeouts, TIMEOUTS, 'timeouts');
  const result = { ...overrideTimeouts(DEFAULT_TIMEOUTS, timeout) };
  for (const [name, value] of Object.entries(timeouts)) {
    if (value !== undefined)
      result[name as keyof Timeouts] = checkTimeout(`timeouts.${name}`, value);
  }
  return result;
}
