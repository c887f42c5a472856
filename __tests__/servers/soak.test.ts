import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { cleanDownloads, emptyUploads, type Figures, largeUploads, mixed } from './soak/parts';
import { Random } from './soak/random';
import { SETUPS } from './soak/setups';
import { type RealServer, startServer, whyMissing } from './start-server';

jest.setTimeout(60_000);

const { FTPIPE_REQUIRE_SERVERS, SEED } = process.env;
const seed = Number(SEED ?? Date.now() % 1_000_000);

// A sample of what `npm run soak` does: to see it again, SEED=...
describe.each(SETUPS)(`a soak of $title, SEED=${seed}`, ({ title, name, start, resumes }) => {
  const reason = whyMissing(name);
  const isSkipped = reason !== undefined && FTPIPE_REQUIRE_SERVERS !== '1';
  if (isSkipped) process.stderr.write(`SKIPPED: the soak of ${title}: ${reason}\n`);
  const itThere = isSkipped ? it.skip : it;
  const random = new Random(seed);
  let server: RealServer;
  if (!isSkipped) {
    beforeAll(async () => {
      server = await startServer(name, start);
    });
    afterAll(() => server?.stop());
  }

  const expectAllRight = ({ asked, right, resumed, problems }: Figures) => {
    expect({ right, problems }).toEqual({ right: asked, problems: [] });
    expect(resumed).toBe(resumes ? asked : 0);
  };

  itThere('has every hash right, and every session resumed', async () => {
    expectAllRight(await mixed(server, random, 20));
  });

  itThere('stores empty files', async () => {
    expectAllRight(await emptyUploads(server, random, 10));
  });

  if (start.tlsVersion === '1.3') {
    itThere('stores all of 5 MiB', async () => {
      expectAllRight(await largeUploads(server, random, 3));
    });
  }

  itThere('takes no clean end for a cut', async () => {
    expectAllRight(await cleanDownloads(server, random, 20));
  });
});
