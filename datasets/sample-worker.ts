import { parentPort } from 'node:worker_threads';
import sharp from 'sharp';
import { UserError } from '../src/base/errors.js';
import type { DetectionRecipe, DetectionSample, DetectionWindow } from './detection-sample.js';
import { loadDetectionSample } from './detection-sample.js';
import type { SampleRecipe } from './sample.js';
import { loadSample } from './sample.js';

/** What to load: an image to classify, or a window to detect in. */
export type SampleJob =
  | { readonly kind: 'image'; readonly path: string; readonly recipe: SampleRecipe }
  | { readonly kind: 'detection'; readonly window: DetectionWindow; readonly recipe: DetectionRecipe };

/** An order to a worker thread: one sample of one epoch. */
export type SampleRequest = SampleJob & { readonly id: number; readonly keys: readonly number[] };

/**
 * Its answer: the sample, or why there is none; `isUserError` when the image is at fault, not the program.
 */
export type SampleReply =
  | { readonly id: number; readonly sample: Float32Array | DetectionSample }
  | { readonly id: number; readonly error: string; readonly isUserError: boolean };

// One thread an image: parallelism comes from several images, and the model needs the other cores.
sharp.concurrency(1);
sharp.cache(false);

parentPort?.on('message', (request: SampleRequest) => {
  void answer(request).then((reply) => {
    parentPort?.postMessage(reply, 'sample' in reply ? [pixelsOf(reply.sample)] : []);
  });
});

/** The one large buffer of a sample, which is handed over instead of copied. */
function pixelsOf(sample: Float32Array | DetectionSample): ArrayBuffer {
  return (sample instanceof Float32Array ? sample : sample.image).buffer as ArrayBuffer;
}

function load(request: SampleRequest): Promise<Float32Array | DetectionSample> {
  return request.kind === 'image'
    ? loadSample(request.path, request.recipe, request.keys)
    : loadDetectionSample(request.window, request.recipe, request.keys);
}

async function answer(request: SampleRequest): Promise<SampleReply> {
  const { id } = request;
  try {
    return { id, sample: await load(request) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id, error: message, isUserError: error instanceof UserError };
  }
}
