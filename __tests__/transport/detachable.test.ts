import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Detachable } from '../../lib/transport/tls/detachable';

const CLEAN = { endsRaw: false };

function plugged(options: ConstructorParameters<typeof Detachable>[1] = CLEAN) {
  const raw = new PassThrough();
  raw.on('error', () => {});
  return { raw, plug: new Detachable(raw, options).on('error', () => {}) };
}

/** Waits, whether there is an error or not. */
async function closed(plug: Detachable): Promise<void> {
  if (!plug.closed) await new Promise((resolve) => plug.once('close', resolve));
}

describe('Detachable', () => {
  it.each([1, 2, 3, 12])('passes bytes on, in pieces of %d, and then the end', async (size) => {
    const { raw, plug } = plugged();
    const text = 'hello, world';
    for (let at = 0; at < text.length; at += size) raw.write(text.slice(at, at + size));
    raw.end();
    expect(Buffer.concat(await plug.toArray()).toString()).toBe(text);
    expect(plug.lastChunk?.toString()).toBe(text.slice(text.length - (text.length % size || size)));
  });

  it('stops the peer while nobody reads', async () => {
    const { raw, plug } = plugged();
    raw.write(Buffer.alloc(200_000));
    await new Promise((resolve) => setImmediate(resolve));
    expect(raw.isPaused()).toBe(true);
    plug.resume();
    await new Promise((resolve) => setImmediate(resolve));
    expect(raw.isPaused()).toBe(false);
  });

  it.each([true, false])('ends the stream under it, or not: %p', async (endsRaw) => {
    const { raw, plug } = plugged({ endsRaw });
    plug.end('x');
    await once(plug, 'finish');
    expect(raw.writableEnded).toBe(endsRaw);
    expect(raw.read() ?? plug.read()).toEqual(Buffer.from('x'));
  });

  it('fails and closes with the stream below', async () => {
    const { raw, plug } = plugged();
    raw.destroy(new Error('lost'));
    await closed(plug);
    expect(plug.errored?.message).toBe('lost');
    expect(new Detachable(raw, CLEAN).on('error', () => {}).destroyed).toBe(true);
  });

  it('fails or closes only after all bytes before were read', async () => {
    for (const error of [new Error('reset'), undefined]) {
      const { raw, plug } = plugged();
      raw.write('last words');
      await new Promise((resolve) => setImmediate(resolve));
      raw.destroy(error);
      await new Promise((resolve) => raw.once('close', resolve));
      expect(plug.destroyed).toBe(false);
      expect(plug.read()?.toString()).toBe('last words');
      await closed(plug);
      expect(plug.errored ?? undefined).toBe(error);
    }
  });

  it('destroys the stream below, unless it was detached', async () => {
    const [bound, free] = [plugged(), plugged()];
    free.plug.detach();
    for (const { plug } of [bound, free]) plug.destroy();
    await Promise.all([bound, free].map(({ plug }) => closed(plug)));
    expect([bound.raw.destroyed, free.raw.destroyed]).toEqual([true, false]);
    free.raw.write('on');
    expect(free.raw.read()?.toString()).toBe('on');
    expect(free.raw.listenerCount('data')).toBe(0);
  });

  it('passes on nothing that its check rejects, and checks only the first bytes', async () => {
    const seen: string[] = [];
    const check = (first: Buffer) => {
      seen.push(first.toString());
      return first[0] === 0x21 ? new Error('no') : undefined;
    };
    const [good, bad] = [plugged({ ...CLEAN, check }), plugged({ ...CLEAN, check })];
    bad.raw.write('!bad');
    await closed(bad.plug);
    expect([bad.plug.errored?.message, bad.plug.readableLength, bad.raw.destroyed]).toEqual([
      'no',
      0,
      true,
    ]);
    good.raw.write('good');
    good.raw.end('!late');
    expect(Buffer.concat(await good.plug.toArray()).toString()).toBe('good!late');
    expect(seen).toEqual(['!bad', 'good']);
  });
});
