import sharp from 'sharp';
import { answerRequests } from '../../src/base/threads/requests.js';
import { loadLocal } from './load-local.js';
import type { ImageRequest, ModelReply, ModelRequest } from './model-messages.js';
import { comeAfterRequests } from './priority.js';
import type { ServedModel } from './served-model.js';
import { does } from './served-model.js';

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
    case 'classify':
    case 'detect':
      return cancellable(request.call, (signal) => workOn(request, signal));
    case 'cancel':
      calls.get(request.call)?.abort(new Error('the request was cancelled'));
      return { kind: 'done' };
    case 'close':
      await model?.close();
      return { kind: 'done' };
  }
}

async function workOn(request: ImageRequest, signal: AbortSignal): Promise<ModelReply> {
  if (request.kind === 'classify' && does(model!, 'classify')) {
    const answer = await model!.classify(request.image, request.request, signal);
    return { kind: 'classification', answer, batches: batches.splice(0) };
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

answerRequests<ModelRequest, ModelReply>(answer, {
  inOrder: false,
  transfer(reply) {
    if (reply.kind === 'detection') return [reply.answer.body.buffer];
    const overlay = reply.kind === 'classification' ? reply.answer.overlay : undefined;
    return overlay ? [overlay.buffer] : [];
  },
});
