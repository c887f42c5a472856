import { describe, expect, it } from '@jest/globals';
import { ConnectionError } from 'ftpipe';
import { filesHarness } from '../files-harness';

const { start, connect } = filesHarness();

/** A server that says its 150, and then nothing more of the transfer, without a data connection. */
async function forgetful(isPassive: boolean) {
  const server = await start('plain', { files: { '/x': 'content' } });
  server.handle('RETR', (session) => session.reply('150 Connecting.'));
  const ftp = await connect(server, { timeouts: { abort: 400 } });
  ftp.setPasv(isPassive);
  return { server, ftp };
}

/** Destroys a download as soon as the server has begun it. */
async function given(ftp: Awaited<ReturnType<typeof connect>>) {
  const stream = ftp.retrBinary('RETR x');
  stream.on('error', () => {});
  const closed = new Promise((resolve) => stream.once('close', resolve));
  ftp.once('reply', function begun({ code }) {
    if (code === 150) stream.destroy(new Error('enough'));
    else ftp.once('reply', begun);
  });
  await closed;
}

describe('a transfer that was given up, and that the server forgets', () => {
  it('is settled by NOOP in active mode: the next data connection is never taken for it', async () => {
    const { server, ftp } = await forgetful(false);
    await given(ftp);
    ftp.setPasv(true); // what counts is how the transfer was made
    expect(await ftp.pwd()).toBe('/');
    expect(server.commands.slice(-2)).toEqual(['NOOP', 'PWD']);
  });

  it('ends the control connection in passive mode: the next one might be', async () => {
    const { ftp } = await forgetful(true);
    await given(ftp);
    await expect(ftp.pwd()).rejects.toBeInstanceOf(ConnectionError);
    expect(ftp.connected).toBe(false);
  });
});
