import { createServer, type Server } from 'node:net';

/** A block of ports that no other server of these tests gets while it is held. */
export interface PortBlock {
  readonly control: number;
  readonly passive: { readonly first: number; readonly last: number };
  release(): Promise<void>;
}

const BLOCK = 100;
// Below Linux' ephemeral ports (32768 and up), from which clients and in-process servers draw.
const FIRST_BLOCK = 15_000;
const BLOCKS = 177;

/**
 * Takes a random block. Its first port is listened on here, as the lock: jest's workers are
 * processes, and the kernel is the one list they share that forgets a worker which dies.
 */
export async function reservePorts(): Promise<PortBlock> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const start = FIRST_BLOCK + BLOCK * Math.floor(Math.random() * BLOCKS);
    const lock = await listen(start);
    if (lock === undefined) continue;
    return {
      control: start + 1,
      passive: { first: start + 2, last: start + BLOCK - 1 },
      release: () => new Promise((resolve) => lock.close(() => resolve())),
    };
  }
  throw new Error(`no free block of ports from ${FIRST_BLOCK} up`);
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
