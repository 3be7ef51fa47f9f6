import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Server } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { UserError } from '../../src/base/errors.js';

/** Longest path of a socket that every system takes. */
const longestPath = 100;

/**
 * Keeps other processes out of a folder for as long as this one lives: two servers would both run its jobs.
 *
 * The lock is a socket that the process listens on, because that ends with the process however it is killed, which a file
 * with its number does not: in a container the next process has the same number.
 *
 * @returns gives the folder free
 * @throws UserError when another process has it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = socketPath(resolve(folder));
  let server = await listen(path);
  if (!server && !(await isAnswered(path))) {
    // Left by a process that was killed.
    await rm(path, { force: true });
    server = await listen(path);
  }
  if (!server) {
    throw new UserError(
      `${folder} is in use by another server. Give this one another folder with --data-dir.`,
    );
  }
  server.unref();
  return () => new Promise((done) => server.close(() => done()));
}

function socketPath(folder: string): string {
  const name = `vision-longformer-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  const inside = join(folder, 'lock');
  return inside.length <= longestPath ? inside : join(tmpdir(), name);
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((done, fail) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') done(undefined);
      else fail(error);
    });
    server.listen(path, () => done(server));
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}
