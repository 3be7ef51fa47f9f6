import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { spawnProcess } from '../../src/base/threads/spawn-process.js';
import type { Job, JobEnd, JobOptions, JobProgress, JobReply, JobRequest } from './job-messages.js';

/** Milliseconds that a cancelled job has to stop by itself, before its process is ended. */
const patience = 5000;

interface Attempt {
  readonly onProgress: (progress: JobProgress) => void;
  readonly end: (end: JobEnd) => void;
}

/** The process that jobs run in: started for the first of them, and again for the next after it has ended. */
export class JobHost {
  readonly #options: JobOptions;
  #process: ChildProcess | undefined;
  #attempt: Attempt | undefined;
  #impatience: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: JobOptions) {
    this.#options = options;
  }

  /** Runs a job to whatever end; to be called again after that. Should the process end, the attempt is broken. */
  run(job: Job, onProgress: (progress: JobProgress) => void): Promise<JobEnd> {
    if (this.#isClosed) return Promise.resolve({ kind: 'broken', message: 'The server stops.' });
    return new Promise((resolve) => {
      const end = (how: JobEnd) => {
        clearTimeout(this.#impatience);
        this.#attempt = undefined;
        resolve(how);
      };
      this.#attempt = { onProgress, end };
      this.#tell({ kind: 'run', ...job, options: this.#options });
    });
  }

  /** Has the job under way end soon, or its process. */
  cancel(): void {
    if (!this.#attempt) return;
    this.#tell({ kind: 'cancel' });
    this.#impatience = setTimeout(() => this.#process?.kill('SIGKILL'), patience);
  }

  /** Ends the process at once, for good. Finished tiles are on the disk. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const child = this.#process;
    this.#forget(child, 'The server stops.');
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  #tell(request: JobRequest): void {
    this.#process ??= this.#start();
    // A process that has just ended cannot be told anything; its end is heard of.
    this.#process.send(request, () => undefined);
  }

  #start(): ChildProcess {
    const child = spawnProcess(new URL('./job-process.js', import.meta.url), {
      // What native code prints is for the log.
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    child.on('message', (reply: JobReply) => this.#take(child, reply));
    child.on('error', (error) => this.#forget(child, error.message));
    child.on('exit', (code, signal) =>
      this.#forget(child, `The process of scenes has ended (${signal ?? `code ${code}`}).`),
    );
    return child;
  }

  #take(child: ChildProcess, reply: JobReply): void {
    if (this.#process !== child || !this.#attempt) return;
    if (reply.kind === 'progress') {
      this.#attempt.onProgress({ done: reply.done, total: reply.total });
    } else if (reply.kind === 'broken') {
      // Its sessions may be what broke: the next attempt has a new process.
      this.#forget(child, reply.message);
      child.kill('SIGKILL');
    } else {
      this.#attempt.end(reply);
    }
  }

  /** Takes leave of a process that has ended. */
  #forget(child: ChildProcess | undefined, message: string): void {
    if (this.#process !== child) return;
    this.#process = undefined;
    this.#attempt?.end({ kind: 'broken', message });
  }
}
