import { expect, it } from 'vitest';
import { RequestThread, ThreadEndedError } from '../../../src/base/threads/request-thread.js';

const url = new URL('../../runtime/session/failing-worker.js', import.meta.url);

it('rejects open and later requests when the thread ends', async () => {
  const thread = new RequestThread<string, string>(url);
  expect(await thread.ask('hello')).toBe('hello');
  const open = [thread.ask('crash'), thread.ask('after it')];
  for (const result of await Promise.allSettled(open)) expect(result.status).toBe('rejected');
  await expect(thread.ask('later')).rejects.toThrow('ended with code 7');
  expect(thread.hasEnded).toBe(true);
  await thread.close();
});

it('answers what it was asked before it closes, and nothing after', async () => {
  const thread = new RequestThread<string, string>(url);
  const open = [thread.ask('hello'), thread.ask('again')];
  const closing = thread.close();
  await expect(thread.ask('later')).rejects.toThrow('the session is closed');
  expect(await Promise.all(open)).toEqual(['hello', 'again']);
  await closing;
});

it('closes when the thread ends by itself meanwhile', async () => {
  const thread = new RequestThread<string, string>(url);
  const open = thread.ask('crash');
  await Promise.all([expect(open).rejects.toThrow('ended with code 7'), thread.close()]);
});

it('rejects open requests when it is ended at once', async () => {
  const thread = new RequestThread<string, string>(url);
  const open = thread.ask('hello');
  const ended = thread.terminate();
  await expect(open).rejects.toThrow(ThreadEndedError);
  await ended;
});
