import { answerRequests } from '../../../src/base/threads/requests.js';

// Fails outside of an answer, as a crash in a native library would.
answerRequests(async (request) => {
  if (request === 'crash') setImmediate(() => process.exit(7));
  if (request === 'crash') await new Promise(() => undefined);
  return request;
});
