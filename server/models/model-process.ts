import { answerRequests } from '../../src/base/threads/requests.js';
import { readSafeFormatsOnly } from '../safe-formats.js';
import { loadLocal } from './load-local.js';
import type { ImageRequest, ModelReply, ModelRequest } from './model-messages.js';
import { comeAfterRequests, endFirst } from './priority.js';
import type { ServedModel } from './served-model.js';
import { does } from './served-model.js';

/*
 * A process with a model in it. Tracing, preprocessing, suppression and drawing take tens of milliseconds each, in which the
 * thread that answers HTTP could not go on; and a fault in native code, which would end the server, ends this process alone.
 */

// The server alone ends it. A signal to the whole group is for the server, which may still be answering what it has.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
readSafeFormatsOnly();
comeAfterRequests();
endFirst();

let model: ServedModel | undefined;
const calls = new Map<number, AbortController>();
/** Sizes of the batches run since they were last told. */
const batches: number[] = [];

async function work(request: ModelRequest): Promise<ModelReply> {
  switch (request.kind) {
    case 'load':
      model = await loadLocal(request.settings, (images) => batches.push(images));
      return { kind: 'info', info: model.info };
    case 'warm':
      await model!.warm();
      return { kind: 'done' };
    case 'classify':
    case 'embed':
    case 'detect':
      return cancellable(request.call, (signal) => workOn(request, signal));
    case 'cancel':
      calls.get(request.call)?.abort(new Error('the request was cancelled'));
      return { kind: 'done' };
    case 'memory':
      return {
        kind: 'memory',
        resident: process.memoryUsage.rss(),
        peak: 1024 * process.resourceUsage().maxRSS,
      };
  }
}

async function workOn(request: ImageRequest, signal: AbortSignal): Promise<ModelReply> {
  if (request.kind === 'classify' && does(model!, 'classify')) {
    const answer = await model!.classify(request.image, request.request, signal);
    return { kind: 'classification', answer, batches: batches.splice(0) };
  }
  if (request.kind === 'embed' && does(model!, 'classify')) {
    return { kind: 'embedding', answer: await model!.embed(request.image, request.request, signal) };
  }
  if (request.kind === 'detect' && does(model!, 'detect')) {
    return { kind: 'detection', answer: await model!.detect(request.image, request.request, signal) };
  }
  throw new Error(`${model!.info.name} is there to ${model!.info.task}`);
}

async function cancellable<Result>(
  call: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  calls.set(call, controller);
  try {
    return await work(controller.signal);
  } finally {
    calls.delete(call);
  }
}

answerRequests(work, { inOrder: false });
