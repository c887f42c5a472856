import { describe, expect, it } from '@jest/globals';
import { formatEprt, formatPort, plainAddress } from '../../lib/protocol/active';

describe('formatPort', () => {
  // biome-ignore format: a table
  it.each<[string, number, string]>([
    ['127.0.0.1',       51213, '127,0,0,1,200,13'],
    ['10.1.2.3',        21,    '10,1,2,3,0,21'],
    ['255.255.255.255', 65535, '255,255,255,255,255,255'],
    ['0.0.0.0',         256,   '0,0,0,0,1,0'],
  ])('formats host %s and port %i', (host, port, argument) => {
    expect(formatPort({ host, port })).toBe(argument);
  });
});

describe('formatEprt', () => {
  // biome-ignore format: a table
  it.each<[string, number, string]>([
    ['132.235.1.2',          6275, '|1|132.235.1.2|6275|'],      // RFC 2428 §2
    ['1080::8:800:200C:417A', 5282, '|2|1080::8:800:200C:417A|5282|'],
    ['fe80::1%eth0',         21,   '|2|fe80::1|21|'],           // a zone is local to the client
    ['::1',                  65535, '|2|::1|65535|'],
  ])('formats host %s and port %i', (host, port, argument) => {
    expect(formatEprt({ host, port })).toBe(argument);
  });
});

describe('plainAddress', () => {
  // biome-ignore format: a table
  it.each<[string, string]>([
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['::FFFF:10.0.0.1',  '10.0.0.1'],
    ['127.0.0.1',        '127.0.0.1'],
    ['::1',              '::1'],
    ['::ffff:1',         '::ffff:1'],
    ['fe80::1%lo',       'fe80::1%lo'],
    ['',                 ''],
  ])('turns %j into %j', (address, plain) => {
    expect(plainAddress(address)).toBe(plain);
  });
});
