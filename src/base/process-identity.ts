import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** Tells one process from all others, those that have its number before or after it, or elsewhere, among them. */
export interface ProcessIdentity {
  readonly host: string;
  /** Of the installed system, see machine-id(5); hosts may share a name. */
  readonly machine?: string;
  readonly pid: number;
  /** Of the running system; absent where it has none (Linux alone does). */
  readonly boot?: string;
  /** Of the table in which the process has its number: containers have tables of their own. */
  readonly space?: string;
  /** Clock ticks from the start of the system to that of the process. */
  readonly started?: string;
}

/** Of this process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  return {
    host: hostname(),
    machine: await lineOf('/etc/machine-id'),
    pid: process.pid,
    boot: await lineOf('/proc/sys/kernel/random/boot_id'),
    space: await readlink('/proc/self/ns/pid').catch(() => undefined),
    started: await startOf(process.pid),
  };
}

/**
 * Whether a process is alive, as far as this one can see.
 * @returns undefined for a process of another machine or container, and where its number says nothing for certain
 */
export async function isAlive(other: ProcessIdentity): Promise<boolean | undefined> {
  const own = await ownIdentity();
  if (other.boot !== own.boot) {
    // The machine was started anew since.
    const isSameMachine = own.machine !== undefined && other.machine === own.machine;
    return isSameMachine && other.host === own.host ? false : undefined;
  }
  if (other.space !== own.space || (!own.boot && other.host !== own.host)) return undefined;
  if (other.started !== undefined) return (await startOf(other.pid)) === other.started;
  return hasProcess(other.pid) ? undefined : false;
}

async function lineOf(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trim() || undefined;
}

/** Nothing for a process that has ended, waited for by its parent or not. See proc(5), `stat`. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The program's name, in brackets, may have spaces and brackets in it.
  const [state, ...fields] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return state === 'Z' || state === 'X' ? undefined : fields[18];
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
