import { describe, expect, it } from 'vitest';
import { QueueFullError, WorkQueue } from '../../server/work-queue.js';

const never = new AbortController().signal;

/** A job that ends when told to. */
function gate() {
  let open: (value: string) => void = () => undefined;
  const job = () => new Promise<string>((resolve) => (open = resolve));
  return { job, open: (value: string) => open(value) };
}

describe('WorkQueue', () => {
  it('runs one job at a time, in order', async () => {
    const queue = new WorkQueue({ waiting: 5 });
    const log: string[] = [];
    const job = (name: string) => async () => {
      log.push(`${name} starts`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      log.push(`${name} ends`);
    };
    await Promise.all(['a', 'b', 'c'].map((name) => queue.run(job(name), never)));
    expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
  });

  it('refuses what it has no place for', async () => {
    const queue = new WorkQueue({ waiting: 1 });
    const { job, open } = gate();
    const first = queue.run(job, never);
    expect(queue.isFull).toBe(false);
    const second = queue.run(async () => 'second', never);
    expect(queue.isFull).toBe(true);
    await expect(queue.run(async () => 'third', never)).rejects.toThrow(QueueFullError);
    open('first');
    expect(await Promise.all([first, second])).toEqual(['first', 'second']);
    expect(await queue.run(async () => 'fourth', never)).toBe('fourth');
  });

  it('lets a waiting job go when its signal aborts', async () => {
    const queue = new WorkQueue({ waiting: 1 });
    const { job, open } = gate();
    const first = queue.run(job, never);
    const controller = new AbortController();
    const second = queue.run(async () => 'second', controller.signal);
    controller.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    const third = queue.run(async () => 'third', never);
    open('first');
    expect(await Promise.all([first, third])).toEqual(['first', 'third']);
  });

  it('goes on after a job that fails', async () => {
    const queue = new WorkQueue({ waiting: 1 });
    const failing = queue.run(() => Promise.reject(new Error('broken')), never);
    const next = queue.run(async () => 'next', never);
    await expect(failing).rejects.toThrow('broken');
    expect(await next).toBe('next');
  });

  it('runs as many at a time as it has slots for, and no more than weigh what it bears', async () => {
    const queue = new WorkQueue({ waiting: 5, running: 3, weight: 10 });
    const jobs = [4, 4, 4, 1].map((weight) => {
      const { job, open } = gate();
      let isRunning = false;
      const started = () => {
        isRunning = true;
        return job();
      };
      return { done: queue.run(started, never, weight), open, runs: () => isRunning };
    });
    const running = () => jobs.map(({ runs }) => runs());
    await Promise.resolve();
    // The last would fit, but has to wait for its turn.
    expect(running()).toEqual([true, true, false, false]);
    expect([queue.running, queue.depth]).toEqual([2, 2]);
    jobs[0]!.open('done');
    await jobs[0]!.done;
    await Promise.resolve();
    expect(running()).toEqual([true, true, true, true]);
    for (const { open } of jobs) open('done');
    await Promise.all(jobs.map(({ done }) => done));
    expect([queue.running, queue.depth]).toEqual([0, 0]);
  });

  it('runs a job heavier than it bears alone, and lets others pass one that gives up', async () => {
    const queue = new WorkQueue({ waiting: 5, running: 3, weight: 10 });
    const first = gate();
    const running = queue.run(first.job, never, 1);
    const controller = new AbortController();
    const heavy = queue.run(async () => 'heavy', controller.signal, 100);
    const light = queue.run(async () => 'light', never, 1);
    controller.abort(new Error('gone'));
    await expect(heavy).rejects.toThrow('gone');
    expect(await light).toBe('light');
    const alone = queue.run(async () => queue.running, never, 100);
    first.open('first');
    expect(await running).toBe('first');
    expect(await alone).toBe(1);
  });
});
