import { expect, it } from 'vitest';
import { RequestThread } from '../../../src/engine/session/request-thread.js';

const url = new URL('./failing-worker.js', import.meta.url);

it('rejects open and later requests when the thread ends', async () => {
  const thread = new RequestThread<string, string>(url);
  expect(await thread.ask('hello')).toBe('hello');
  const open = [thread.ask('crash'), thread.ask('after it')];
  for (const result of await Promise.allSettled(open)) expect(result.status).toBe('rejected');
  await expect(thread.ask('later')).rejects.toThrow('ended with code 7');
  expect(thread.hasEnded).toBe(true);
  await thread.close();
});

it('rejects open requests when it is closed', async () => {
  const thread = new RequestThread<string, string>(url);
  const open = thread.ask('hello');
  const closing = thread.close();
  await expect(open).rejects.toThrow('the session is closed');
  await closing;
});
