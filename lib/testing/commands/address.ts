import { isIPv4, isIPv6 } from 'node:net';
import { type Command, parseCommand } from '../command';
import { ActiveConnection, PassiveConnection, plainAddress } from '../data-connection';
import { isDataFault } from '../faults';
import { Refusal } from '../refusal';
import type { CommandAnswer, TestSession } from '../session';
import { existing, resolvePath } from '../storage';

const TRANSFERS = new Set(['RETR', 'STOR', 'STOU', 'APPE', 'LIST', 'NLST', 'MLSD']);

/** Commands that prepare a data connection (RFC 959 §4.1.2, RFC 2428). */
export const address: Readonly<Record<string, CommandAnswer>> = {
  /** Announces the transfer for which the next data connection will be used (drftpd). */
  PRET(session, argument, command) {
    const { verb, binary } = parseCommand(command.binary);
    if (!TRANSFERS.has(verb)) throw new Refusal('504 PRET is not for this command.');
    if (verb === 'RETR') existing(session.server.storage, resolvePath(session.cwd, binary));
    session.announced = argument;
    return session.reply('200 Ready for the transfer.');
  },

  async PASV(session, _argument, command) {
    refuseAfterEpsvAll(session);
    refuseWithoutPret(session);
    if (family(session) === 2) throw new Refusal('522 Network protocol not supported, use EPSV.');
    const data = await listen(session, command);
    const host = session.server.settings.passiveHost ?? data.host;
    const numbers = [...host.split('.'), data.port >> 8, data.port & 255].join(',');
    await session.reply(`227 Entering Passive Mode (${numbers}).`);
  },

  async EPSV(session, argument, command) {
    if (argument.toUpperCase() === 'ALL') {
      session.epsvOnly = true;
      return session.reply('200 EPSV only from now on.');
    }
    refuseWithoutPret(session);
    if (!/^\d*$/.test(argument)) throw new Refusal('501 EPSV takes 1, 2 or ALL.');
    if (argument !== '' && Number(argument) !== family(session)) throw wrongFamily(session);
    const data = await listen(session, command);
    return session.reply(`229 Entering Extended Passive Mode (|||${data.port}|)`);
  },

  PORT(session, argument) {
    refuseAfterEpsvAll(session);
    const numbers = argument
      .split(',')
      .map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
    if (numbers.length !== 6 || numbers.some((number) => number > 255)) {
      throw new Refusal('501 PORT takes six numbers.');
    }
    const [high = 0, low = 0] = numbers.slice(4);
    return expectActive(session, numbers.slice(0, 4).join('.'), high * 256 + low);
  },

  EPRT(session, argument) {
    refuseAfterEpsvAll(session);
    // The client chooses the delimiter (RFC 2428 §2).
    const [, protocol, host = '', port = ''] = argument.split(argument.slice(0, 1));
    if (protocol !== '1' && protocol !== '2') throw wrongFamily(session);
    const valid = protocol === '1' ? isIPv4(host) : isIPv6(host);
    if (!valid || !/^\d{1,5}$/.test(port) || Number(port) > 65535) {
      throw new Refusal('501 EPRT takes |protocol|address|port|.');
    }
    if (Number(protocol) !== family(session)) throw wrongFamily(session);
    return expectActive(session, host, Number(port));
  },
};

function refuseAfterEpsvAll(session: TestSession): void {
  if (session.epsvOnly) throw new Refusal('503 EPSV ALL was sent before.');
}

function refuseWithoutPret(session: TestSession): void {
  if (!session.server.settings.requirePret || session.announced !== undefined) return;
  throw new Refusal('500 You need to use a client supporting PRET (PRE Transfer) to use PASV.');
}

/** The number of the address family (RFC 2428 §2): 1 is IPv4, 2 is IPv6. */
function family(session: TestSession): 1 | 2 {
  return isIPv4(plainAddress(session.control.localAddress)) ? 1 : 2;
}

function wrongFamily(session: TestSession): Refusal {
  return new Refusal(`522 Network protocol not supported, use (${family(session)})`);
}

async function listen(session: TestSession, command: Command): Promise<PassiveConnection> {
  const { localAddress, remoteAddress } = session.control;
  const data = await PassiveConnection.listen(plainAddress(localAddress), remoteAddress ?? '');
  session.expectData(data);
  if (command.faults.some((fault) => isDataFault(fault) && fault.data.action === 'refuse')) {
    data.closePort();
  }
  return data;
}

function expectActive(session: TestSession, host: string, port: number): Promise<void> {
  const { activeMode, allowForeignPort } = session.server.settings;
  const { localAddress, remoteAddress } = session.control;
  if (!activeMode) throw new Refusal('502 Active mode is off.');
  // Otherwise a client could make the server attack a third host (RFC 2577 §3).
  if (!allowForeignPort && (host !== plainAddress(remoteAddress) || port < 1024)) {
    throw new Refusal('501 Not an address of yours.');
  }
  session.expectData(new ActiveConnection(host, port, plainAddress(localAddress)));
  return session.reply('200 Address accepted.');
}
