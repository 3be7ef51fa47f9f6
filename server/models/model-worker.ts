import sharp from 'sharp';
import { answerRequests } from '../../src/base/threads/requests.js';
import { loadLocal } from './load-local.js';
import type { ModelReply, ModelRequest } from './model-messages.js';
import { comeAfterRequests } from './priority.js';
import type { ServedModel } from './served-model.js';

// A thread with a model in it: tracing, preprocessing, suppression and drawing take tens of milliseconds each, in which
// the thread that answers HTTP could not go on. The sessions have threads of their own below this one.

sharp.cache(false);
comeAfterRequests();
let model: ServedModel | undefined;
const calls = new Map<number, AbortController>();
/** Sizes of the batches run since they were last told. */
const batches: number[] = [];

/** Whether the thread is about to end because of an error. */
let isEnding = false;

// A fault in this thread ends it, but not before its sessions are closed: their threads end with it, and one that ends
// while ONNX Runtime runs in it takes the process with it.
process.once('uncaughtException', (error) => {
  isEnding = true;
  const end = () =>
    setImmediate(() => {
      throw error;
    });
  Promise.resolve(model?.close()).then(end, end);
});

/** Leaves requests without an answer that fail because the thread ends: its end is their answer. */
async function answer(request: ModelRequest): Promise<ModelReply> {
  try {
    return await work(request);
  } catch (error) {
    if (isEnding) return new Promise(() => undefined);
    throw error;
  }
}

async function work(request: ModelRequest): Promise<ModelReply> {
  switch (request.kind) {
    case 'load':
      model = await loadLocal(request.settings, (images) => batches.push(images));
      return { kind: 'info', info: model.info };
    case 'warm':
      await model!.warm();
      return { kind: 'done' };
    case 'classify': {
      const { image } = request;
      const result = await cancellable(request.call, (signal) =>
        model!.classify(image, request.request, signal),
      );
      return { kind: 'classification', answer: result, batches: batches.splice(0) };
    }
    case 'detect': {
      const { image } = request;
      const result = await cancellable(request.call, (signal) =>
        model!.detect(image, request.request, signal),
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
