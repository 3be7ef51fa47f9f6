import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface Finished {
  readonly code: number | null;
  /** What ended it, if it was a signal. */
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Waits until what was printed on stdout matches. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts the command line in a process of its own, as a user would. */
export function startCli(...args: string[]): Running {
  return startProgram(main, ...args);
}

/** Starts a program of this repository in a process of its own. */
export function startProgram(program: string, ...args: string[]): Running {
  const { PORT: _port, ...env } = process.env;
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), program, ...args], { env });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => (stderr += data));
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const printed = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(stdout);
        if (match) resolve(match);
      };
      child.stdout.on('data', look);
      child.on('close', () => reject(new Error(`Ended before printing ${pattern}:\n${stdout}\n${stderr}`)));
      look();
    });
  return { process: child, finished, printed };
}

export function runCli(...args: string[]): Promise<Finished> {
  return startCli(...args).finished;
}
