import type { Size } from '../src/boxes/box.js';
import type { ImageHeader } from '../src/image/header.js';
import { readHeader } from '../src/image/header.js';
import type { ServerContext } from './context.js';
import type { Call } from './http/route.js';
import type { ServerLimits } from './limits.js';
import type { EncodedImage, ServedFor, Task } from './models/served-model.js';
import { ProblemError } from './problem.js';
import type { Timings } from './timings.js';
import { inSpan } from './tracing.js';
import { readImage } from './uploads/read-image.js';
import { QueueFullError } from './work-queue.js';

/**
 * Reads the image that a request brings, checks its header, and runs a model on it when it is its turn.
 *
 * A server that is not ready, has no such model, or has a full queue says so before it reads the body.
 * @returns what `work` answers, with the model's name
 * @throws ProblemError for what is wrong with the model's name or the body; UserError for what is wrong with the image; QueueFullError
 */
export async function runWithImage<T extends Task, Answer>(
  call: Pick<Call<unknown, { readonly model?: string }>, 'request' | 'response' | 'query' | 'signal'>,
  context: ServerContext,
  task: T,
  work: (served: ServedFor[T], image: EncodedImage) => Promise<Answer>,
): Promise<{ answer: Answer & { name: string }; header: ImageHeader; timings: Timings }> {
  const { queue, limits, models } = context;
  const { model } = call.query;
  await context.lifecycle.untilReady(call.signal);
  models.find(task, model);
  const clock = new StopWatch();
  if (queue.isFull) throw new QueueFullError('The queue is full.');
  const image = await inSpan('upload', {}, async () => {
    const bytes = await readImage(call, context);
    return { bytes, header: await checkHeader(bytes, limits) };
  });
  const { header } = image;
  const upload = clock.lap();
  let waited = 0;
  const answer = await queue.run(
    () => {
      waited = clock.lap();
      return models.use(task, model, async (served) => ({
        name: served.info.name,
        ...(await work(served, image)),
      }));
    },
    call.signal,
    header.width * header.height,
  );
  const inference = clock.lap();
  const timings = { upload, queue: waited, inference, total: clock.total };
  context.metrics.countStages(timings);
  return { answer, header, timings };
}

/** @throws UserError for what is no image, or one that is too large to decode; only its header is looked at */
export async function checkHeader(image: Uint8Array, limits: ServerLimits): Promise<ImageHeader> {
  const header = await readHeader(image, { pixelLimit: limits.pixels });
  checkSize(header, limits);
  return header;
}

/** @returns pixels of an image. @throws ProblemError 413 where it is too large */
export function checkSize({ width, height }: Size, { pixels, side }: ServerLimits): number {
  const longer = Math.max(width, height);
  if (width * height <= pixels && longer <= side) return width * height;
  const detail = `The image has ${width} x ${height} pixels; the limits are ${pixels} in all and ${side} a side.`;
  throw new ProblemError(413, 'too_large', detail);
}

class StopWatch {
  readonly #start = performance.now();
  #last = this.#start;

  /** Seconds since the last lap, to a tenth of a millisecond. */
  lap(): number {
    const now = performance.now();
    const seconds = rounded(now - this.#last);
    this.#last = now;
    return seconds;
  }

  get total(): number {
    return rounded(performance.now() - this.#start);
  }
}

function rounded(milliseconds: number): number {
  return Math.round(10 * milliseconds) / 10_000;
}
