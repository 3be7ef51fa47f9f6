import type { z } from 'zod';
import type { Size } from '../src/boxes/box.js';
import type { ImageHeader } from '../src/image/header.js';
import { readHeader } from '../src/image/header.js';
import type { ServerContext } from './context.js';
import type { Call } from './http/route.js';
import type { ServerLimits } from './limits.js';
import type { EncodedImage, ServedFor, Task } from './models/served-model.js';
import { ProblemError, problemOf } from './problem.js';
import type { Timings } from './timings.js';
import { inSpan } from './tracing.js';
import type { Upload } from './uploads/read-upload.js';
import { readUpload } from './uploads/read-upload.js';
import { QueueFullError } from './work-queue.js';

/** What came of an image. */
export interface ImageAnswer<Answer> {
  readonly answer: Answer & { readonly name: string };
  readonly header: ImageHeader;
  readonly timings: Timings;
}

/** What came of all images of a request. */
export interface ImageAnswers<Answer> extends Pick<Upload<unknown>, 'isInputs'> {
  readonly answers: readonly [ImageAnswer<Answer>, ...ImageAnswer<Answer>[]];
}

type ModelCall = Pick<
  Call<unknown, { readonly model?: string }>,
  'request' | 'response' | 'query' | 'signal'
>;

/**
 * Reads the images that a request brings, checks their headers, and runs a model on each when it is its turn.
 *
 * A server that is not ready, has no such model, or has a full queue says so before it reads the body.
 * @param parameters that may come with an image in JSON
 * @returns what `work` answers for each image, with the model's name
 * @throws ProblemError for what is wrong with the model's name or the body; UserError for what is wrong with an image;
 *   QueueFullError
 */
export async function runWithImages<T extends Task, Parameters extends z.ZodType, Answer>(
  call: ModelCall,
  context: ServerContext,
  task: T,
  parameters: Parameters,
  work: (
    served: ServedFor[T],
    image: EncodedImage,
    parameters: z.output<Parameters> | undefined,
  ) => Promise<Answer>,
): Promise<ImageAnswers<Answer>> {
  const { queue, limits, models, lifecycle } = context;
  await lifecycle.untilReady(call.signal);
  models.find(task, call.query.model);
  const clock = new StopWatch();
  if (queue.isFull) throw new QueueFullError('The queue is full.');
  const { upload, images } = await inSpan('upload', {}, async () => {
    const upload = await readUpload(call, context, parameters);
    return { upload, images: await withHeaders(upload.images, limits) };
  });
  const uploaded = clock.lap();
  const answers: ImageAnswer<Answer>[] = [];
  const run = async (image: EncodedImage, index: number) => {
    answers[index] = await runOne(image, uploaded, call, context, task, (served) =>
      work(served, image, upload.parameters),
    );
  };
  // A few at a time, so that one request neither fills the queue nor has to wait for itself.
  for (let first = 0; first < images.length; first += limits.running) {
    const some = images.slice(first, first + limits.running);
    await Promise.all(some.map((image, index) => run(image, first + index)));
  }
  return { answers: answers as unknown as ImageAnswers<Answer>['answers'], isInputs: upload.isInputs };
}

async function runOne<T extends Task, Answer>(
  { header }: EncodedImage,
  upload: number,
  { query, signal }: ModelCall,
  { queue, models, metrics }: ServerContext,
  task: T,
  work: (served: ServedFor[T]) => Promise<Answer>,
): Promise<ImageAnswer<Answer>> {
  const clock = new StopWatch();
  let waited = 0;
  const onTurn = () => {
    waited = clock.lap();
    return models.use(task, query.model, async (served) => ({
      name: served.info.name,
      ...(await work(served)),
    }));
  };
  const answer = await queue.run(onTurn, signal, header.width * header.height);
  const inference = clock.lap();
  const timings = { upload, queue: waited, inference, total: rounded(1000 * upload + 1000 * clock.total) };
  metrics.countStages(timings);
  return { answer, header, timings };
}

async function withHeaders(
  images: readonly Uint8Array<ArrayBuffer>[],
  limits: ServerLimits,
): Promise<EncodedImage[]> {
  const checked: EncodedImage[] = [];
  for (const [index, bytes] of images.entries()) {
    try {
      checked.push({ bytes, header: await checkHeader(bytes, limits) });
    } catch (error) {
      if (images.length === 1) throw error;
      const { status, code, detail } = problemOf(error);
      throw new ProblemError(status, code, `Image ${index + 1} of ${images.length}: ${detail}`, {
        cause: error,
      });
    }
  }
  return checked;
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
