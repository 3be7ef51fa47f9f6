import type { Request, Response } from 'express';
import express, { Router } from 'express';
import { z } from 'zod';
import type { Classification, ImageClassifier } from '../src/classifier.js';
import { drawAttention } from '../src/image/attention-overlay.js';
import { unlessAborted } from '../src/unless-aborted.js';
import type { ServerLimits } from './limits.js';
import { ProblemError } from './problem.js';
import { QueueFullError, type WorkQueue } from './work-queue.js';

const querySchema = z.strictObject({
  /** How many labels to answer with. */
  top_k: z.coerce.number().int().min(1).max(1000).default(5),
  /** Whether to answer with a picture of the global token's attention as well. */
  attention: z.enum(['true', 'false']).default('false'),
});

type Query = z.infer<typeof querySchema>;

/** What the route needs of the server around it. */
export interface ClassifyContext {
  /** @throws ProblemError while there is no warm model */
  readonly classifier: () => ImageClassifier;
  readonly queue: WorkQueue;
  readonly limits: ServerLimits;
}

/**
 * `POST /v1/classify`: an image as the request's body; answers
 * `{predictions: [{label, score}], model, width, height, tiles, seconds, attention?}`.
 */
export function classifyRoutes(context: ClassifyContext): Router {
  const router = Router();
  const readBody = express.raw({ type: () => true, limit: context.limits.bodyBytes, inflate: false });
  router.post('/v1/classify', checkBefore(context), readBody, async (request, response) => {
    response.json(await answer(context, request, response));
  });
  router.all('/v1/classify', (_request, response) => {
    response.set('Allow', 'POST');
    throw new ProblemError(405, 'method_not_allowed', 'Send the image as the body of a POST request.');
  });
  return router;
}

/** Refuses what can be refused without reading the body. */
function checkBefore({ classifier, queue }: ClassifyContext): express.RequestHandler {
  return (request, _response, next) => {
    classifier();
    parseQuery(request);
    const type = request.get('content-type') ?? 'application/octet-stream';
    if (!/^(image\/|application\/octet-stream\b)/i.test(type)) {
      throw new ProblemError(
        415,
        'unsupported_type',
        `The body is said to be ${type}. Send the image itself, as image/* or application/octet-stream.`,
      );
    }
    if (queue.isFull) throw new QueueFullError();
    next();
  };
}

function parseQuery(request: Request): Query {
  const query = querySchema.safeParse(request.query);
  if (query.success) return query.data;
  throw new ProblemError(400, 'bad_request', `Wrong query: ${z.prettifyError(query.error)}`);
}

async function answer(context: ClassifyContext, request: Request, response: Response) {
  const query = parseQuery(request);
  // Express leaves the body undefined when there is none.
  const image: unknown = request.body;
  if (!(image instanceof Uint8Array) || image.byteLength === 0) {
    throw new ProblemError(400, 'bad_request', 'The request has no body. Send the image as the body.');
  }
  const classifier = context.classifier();
  const signal = whileWanted(response, context.limits.seconds);
  const job = context.queue.run(() => classify(classifier, image, query, context.limits, signal), signal);
  const { result, overlay } = await unlessAborted(job, signal);
  const { labels, width, height, tiles, seconds } = result;
  const attention = overlay && { overlay: `data:image/png;base64,${overlay.toString('base64')}` };
  return { predictions: labels, model: classifier.name, width, height, tiles, seconds, attention };
}

async function classify(
  classifier: ImageClassifier,
  image: Uint8Array,
  query: Query,
  limits: ServerLimits,
  signal: AbortSignal,
): Promise<{ result: Classification; overlay?: Buffer }> {
  const attention = query.attention === 'true';
  const options = { topK: query.top_k, attention, pixelLimit: limits.pixels, signal };
  const result = await classifier.classify(image, options);
  return { result, overlay: result.attention && (await drawAttention(image, result.attention)) };
}

/** Aborts when the client has gone or the answer is overdue. */
function whileWanted(response: Response, seconds: number): AbortSignal {
  const gone = new AbortController();
  response.on('close', () =>
    gone.abort(new ProblemError(499, 'client_closed', 'The client closed the connection.')),
  );
  const overdue = new ProblemError(503, 'timeout', `The answer took longer than ${seconds} seconds.`);
  const timer = setTimeout(() => gone.abort(overdue), 1000 * seconds);
  response.on('close', () => clearTimeout(timer));
  return gone.signal;
}
