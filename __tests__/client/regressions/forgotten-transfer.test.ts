import { describe, expect, it } from '@jest/globals';
import { ConnectionError } from 'ftpipe';
import { filesHarness } from '../files-harness';

const { start, connect } = filesHarness();

/** A server that sends its 150 without a data connection, and then forgets the transfer. */
async function forgetfulServer(isPassive: boolean) {
  const server = await start('plain', { files: { '/x': 'content' } });
  server.handle('RETR', (session) => session.reply('150 Connecting.'));
  const ftp = await connect(server, { timeouts: { abort: 400 } });
  ftp.setPasv(isPassive);
  return { server, ftp };
}

/** Destroys a download as soon as its 150 has arrived. */
async function abandonDownload(ftp: Awaited<ReturnType<typeof connect>>) {
  const stream = ftp.retrBinary('RETR x');
  stream.on('error', () => {});
  const closed = new Promise((resolve) => stream.once('close', resolve));
  ftp.once('reply', function onReply({ code }) {
    if (code === 150) stream.destroy(new Error('enough'));
    else ftp.once('reply', onReply);
  });
  await closed;
}

describe('an abandoned transfer that the server forgets', () => {
  // Each transfer has a port of its own, so that no later data connection is mistaken for it.
  it('is settled by NOOP in active mode', async () => {
    const { server, ftp } = await forgetfulServer(false);
    await abandonDownload(ftp);
    ftp.setPasv(true); // the mode of the abandoned transfer counts
    expect(await ftp.pwd()).toBe('/');
    expect(server.commands.slice(-2)).toEqual(['NOOP', 'PWD']);
  });

  // The server might take the next data connection for that of the forgotten transfer.
  it('closes the control connection in passive mode', async () => {
    const { ftp } = await forgetfulServer(true);
    await abandonDownload(ftp);
    await expect(ftp.pwd()).rejects.toBeInstanceOf(ConnectionError);
    expect(ftp.connected).toBe(false);
  });
});
