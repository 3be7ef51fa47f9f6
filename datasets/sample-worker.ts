import { parentPort } from 'node:worker_threads';
import sharp from 'sharp';
import { UserError } from '../src/errors.js';
import type { SampleRecipe } from './sample.js';
import { loadSample } from './sample.js';

/** An order to a worker thread: one image of one epoch. */
export interface SampleRequest {
  readonly id: number;
  readonly path: string;
  readonly recipe: SampleRecipe;
  readonly keys: readonly number[];
}

/** Its answer: the pixels, or why there are none; `isUserError` when the image is at fault, not the program. */
export type SampleReply =
  | { readonly id: number; readonly data: Float32Array }
  | { readonly id: number; readonly error: string; readonly isUserError: boolean };

// One thread an image: parallelism comes from several images, and the model needs the other cores.
sharp.concurrency(1);
sharp.cache(false);

parentPort?.on('message', (request: SampleRequest) => {
  void answer(request).then((reply) => {
    parentPort?.postMessage(reply, 'data' in reply ? [reply.data.buffer as ArrayBuffer] : []);
  });
});

async function answer({ id, path, recipe, keys }: SampleRequest): Promise<SampleReply> {
  try {
    return { id, data: await loadSample(path, recipe, keys) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id, error: message, isUserError: error instanceof UserError };
  }
}
