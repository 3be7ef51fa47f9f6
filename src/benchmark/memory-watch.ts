import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** Milliseconds between two checks, in which a process can fill a few hundred MiB. */
const INTERVAL = 50;

/**
 * The resident memory of another process, in bytes; undefined once it has ended or where the system does not
 * tell.
 */
export async function memoryOf(pid: number): Promise<number | undefined> {
  try {
    if (process.platform !== 'linux') return await memoryFromPs(pid);
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return pages * 4096;
  } catch {
    return undefined;
  }
}

async function memoryFromPs(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) * 1024;
}

/**
 * Calls back once when a process holds more than `limit` bytes.
 * @returns stops watching
 */
export function watchMemory(pid: number, limit: number, onExceeded: () => void): () => void {
  const timer = setInterval(async () => {
    if (((await memoryOf(pid)) ?? 0) <= limit) return;
    clearInterval(timer);
    onExceeded();
  }, INTERVAL);
  return () => clearInterval(timer);
}
