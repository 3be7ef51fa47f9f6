import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnProcess } from '../../src/base/threads/spawn-process.js';
import type { CaseReport, FuzzCase } from './run-case.js';

/** Milliseconds after which a case counts as one that hangs; opening a kind of input, a server among them, may take long. */
const [mostOfFirst, mostOfCase] = [120_000, 30_000];
/** Bytes of what the process said last that a finding shows. */
const mostSaid = 3000;

/** A process that runs cases, and another one after each crash. */
export class CaseHost {
  #child: ChildProcess | undefined;
  #folder = '';
  #said = '';
  readonly #opened = new Set<string>();

  /** Runs a case. A crash, or no end in time, is a finding. */
  async run(each: FuzzCase): Promise<CaseReport> {
    this.#child ??= await this.#start();
    const child = this.#child;
    const limit = this.#opened.has(each.kind) ? mostOfCase : mostOfFirst;
    const report = await answerOf(child, each, limit);
    this.#opened.add(each.kind);
    if (typeof report !== 'string') {
      // Its peak hides what the next ones take.
      if (report.grown > 2 ** 27) await this.close();
      return report;
    }
    child.kill('SIGKILL');
    this.#child = undefined;
    return { input: '', verdict: 'finding', reason: `${report}\n${this.#said}`, grown: 0 };
  }

  /** Path of the damaged input of the last case, until the next one. */
  get inputPath(): string {
    return join(this.#folder, 'input');
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#child = undefined;
    const ended = once(child, 'exit');
    const killing = setTimeout(() => child.kill('SIGKILL'), 10_000);
    child.send('close');
    await ended;
    clearTimeout(killing);
  }

  /** Removes all files. */
  async dispose(): Promise<void> {
    await this.close();
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }

  async #start(): Promise<ChildProcess> {
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
    this.#folder = await mkdtemp(join(tmpdir(), 'fuzz-'));
    this.#opened.clear();
    this.#said = '';
    // Temporary files go with the folder, also those of a process that is killed.
    const child = spawnProcess(new URL('./case-process.js', import.meta.url), {
      env: { ...process.env, TMPDIR: this.#folder },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text) => {
        this.#said = (this.#said + text).slice(-mostSaid);
      });
    }
    await Promise.race([once(child, 'message'), failureOf(child, () => this.#said)]);
    return child;
  }
}

async function failureOf(child: ChildProcess, said: () => string): Promise<never> {
  await once(child, 'exit');
  throw new Error(`The process of the cases did not start: ${said()}`);
}

/** The report, or what ended the process. */
function answerOf(child: ChildProcess, each: FuzzCase, limit: number): Promise<CaseReport | string> {
  return new Promise((resolve) => {
    const end = (answer: CaseReport | string) => {
      clearTimeout(timer);
      child.off('message', end);
      child.off('exit', exited);
      resolve(answer);
    };
    const exited = (code: number | null, signal: string | null) =>
      end(`the process ended with ${signal ?? code}`);
    const timer = setTimeout(() => end(`it did not end in ${limit / 1000} s`), limit);
    child.on('message', end);
    child.on('exit', exited);
    child.send(each);
  });
}
