import { setPriority } from 'node:os';
import sharp from 'sharp';
import { answerRequests } from '../../src/engine/session/requests.js';
import { loadLocal } from './load-local.js';
import type { ModelReply, ModelRequest } from './model-messages.js';
import type { ServedModel } from './served-model.js';

/** Ten steps below the rest of the process. */
const modelNiceness = 10;

// A thread with a model in it: tracing, preprocessing, suppression and drawing take tens of milliseconds each, in which
// the thread that answers HTTP could not go on. The sessions have threads of their own below this one.

sharp.cache(false);
// On Linux this is the priority of the calling thread, which the threads of its sessions inherit: where processors are
// short, the thread that answers HTTP comes first. Elsewhere it would be that of the whole process.
if (process.platform === 'linux') setPriority(modelNiceness);
let model: ServedModel | undefined;
const calls = new Map<number, AbortController>();
/** Sizes of the batches run since they were last told. */
const batches: number[] = [];

async function answer(request: ModelRequest): Promise<ModelReply> {
  switch (request.kind) {
    case 'load':
      model = await loadLocal(request.settings, (images) => batches.push(images));
      return { kind: 'info', info: model.info };
    case 'warm':
      await model!.warm();
      return { kind: 'done' };
    case 'classify': {
      const { picture } = request;
      const result = await cancellable(request.call, (signal) =>
        model!.classify(picture, request.request, signal),
      );
      return { kind: 'classification', answer: result, batches: batches.splice(0) };
    }
    case 'detect': {
      const { picture } = request;
      const result = await cancellable(request.call, (signal) =>
        model!.detect(picture, request.request, signal),
      );
      return { kind: 'detection', answer: result };
    }
    case 'cancel':
      calls.get(request.call)?.abort(new Error('the request was cancelled'));
      return { kind: 'done' };
    case 'close':
      await model?.close();
      return { kind: 'done' };
  }
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

answerRequests<ModelRequest, ModelReply>(answer, {
  inOrder: false,
  transfer(reply) {
    if (reply.kind === 'detection') return [reply.answer.body.buffer];
    const overlay = reply.kind === 'classification' ? reply.answer.overlay : undefined;
    return overlay ? [overlay.buffer] : [];
  },
});
