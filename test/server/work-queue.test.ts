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
    const queue = new WorkQueue(5);
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
    const queue = new WorkQueue(1);
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
    const queue = new WorkQueue(1);
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
    const queue = new WorkQueue(1);
    const failing = queue.run(() => Promise.reject(new Error('broken')), never);
    const next = queue.run(async () => 'next', never);
    await expect(failing).rejects.toThrow('broken');
    expect(await next).toBe('next');
  });
});
