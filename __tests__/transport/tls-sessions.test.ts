import { EventEmitter } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import type { ControlTls } from '../../lib/transport/control/control-stream';
import { type SessionChoice, TlsSessions } from '../../lib/transport/tls/tls-sessions';

/** A control connection whose newest session is given by its number. */
function control(first = 0) {
  let number = first;
  const tls = { session: () => (number > 0 ? Buffer.from(`control ${number}`) : undefined) };
  return { tls: tls as ControlTls, renew: () => void ++number };
}

/** A data connection that is given tickets. */
function data(tickets: TlsSessions, isReused = true) {
  const socket = Object.assign(new EventEmitter(), { isSessionReused: () => isReused });
  tickets.collectFrom(socket as unknown as TLSSocket);
  return (name: string) => socket.emit('session', Buffer.from(name));
}

const taken = (tickets: TlsSessions, tls: ControlTls) => tickets.take(tls)?.toString();

describe('SessionTickets', () => {
  it.each<SessionChoice>(['control', 'rotate'])(
    '%s begins with the newest session of the control connection',
    (choice) => {
      const tickets = new TlsSessions(choice);
      const { tls, renew } = control();
      expect(taken(tickets, tls)).toBeUndefined();
      renew();
      expect(taken(tickets, tls)).toBe('control 1');
      renew(); // TLS 1.3 sends tickets when it likes
      expect(taken(tickets, tls)).toBe('control 2');
      expect(taken(tickets, tls)).toBe('control 2');
    },
  );

  it('control always offers the session of the control connection', () => {
    const tickets = new TlsSessions('control');
    const { tls } = control(1);
    data(tickets)('data 1');
    expect(taken(tickets, tls)).toBe('control 1');
  });

  it('rotate offers the newest, each once', () => {
    const tickets = new TlsSessions('rotate');
    const { tls } = control(1);
    const given = data(tickets);
    given('data 1');
    given('data 2');
    expect(taken(tickets, tls)).toBe('data 2');
    expect(taken(tickets, tls)).toBe('control 1');
    data(tickets)('data 3');
    expect(taken(tickets, tls)).toBe('data 3');
  });

  it('keeps nothing of a data connection that resumed no session', () => {
    const tickets = new TlsSessions('rotate');
    const { tls } = control(1);
    data(tickets)('data 1');
    data(tickets, false)('data 2');
    expect(taken(tickets, tls)).toBe('data 1');
  });

  it('has an unused session when the mode changes', () => {
    const tickets = new TlsSessions('control');
    const { tls } = control(1);
    data(tickets)('data 1');
    expect(taken(tickets, tls)).toBe('control 1');
    data(tickets, false)('data 2'); // refused: the server takes each ticket once
    tickets.rotate();
    expect(taken(tickets, tls)).toBe('data 1');
  });
});
