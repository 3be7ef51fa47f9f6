import { z } from 'zod';
import type { Call, RouteBody } from '../http/route.js';
import { binary } from '../http/route.js';
import type { ServerLimits } from '../limits.js';
import { ProblemError } from '../problem.js';
import { ByteCollector, type MemoryBudget } from './byte-collector.js';
import type { FetchImage } from './fetch-image.js';
import { imageField, readMultipart } from './multipart.js';
import { receiveBody } from './receive-body.js';

export interface UploadContext {
  readonly limits: ServerLimits;
  readonly uploadMemory: MemoryBudget;
  /** Absent where the operator allows no hosts. */
  readonly fetchImage?: FetchImage;
}

const urlSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .meta({ description: 'http or https address of an image' }),
});

/**
 * What a route that takes one image says of its body.
 * @param canFetch whether the server fetches images
 */
export function imageBody(canFetch: boolean): RouteBody {
  return {
    description: `The image itself, or a form with the field \`image\`${canFetch ? ', or its address' : ''}`,
    content: {
      'image/*': binary,
      'application/octet-stream': binary,
      'multipart/form-data': z.strictObject({ [imageField]: z.any().meta({ override: { ...binary } }) }),
      ...(canFetch && { 'application/json': urlSchema }),
    },
  };
}

/** Problems that reading an image may end in. */
export const imageProblems = [400, 408, 413, 415, 422] as const;

/** Bytes of JSON that an address is sent in. */
const mostJson = 16_384;

/** Ways to send an image, by the media type of the body. */
function wayOf(type: string): 'raw' | 'form' | 'json' {
  if (/^(image\/[\w.+-]+|application\/octet-stream)\s*(;|$)/i.test(type)) return 'raw';
  if (/^multipart\/form-data\s*(;|$)/i.test(type)) return 'form';
  if (/^application\/json\s*(;|$)/i.test(type)) return 'json';
  throw new ProblemError(
    415,
    'unsupported_type',
    `The body is said to be ${type.slice(0, 100)}. Send the image itself, as image/* or application/octet-stream; ` +
      'a form, multipart/form-data, with the field "image"; or {"url": "…"} as application/json.',
  );
}

/**
 * Reads the image that a request brings: as its body, in a form, or behind an address.
 * @returns its bytes, in memory that may be transferred; they count against the server's budget until the answer is out
 * @throws ProblemError for a body of a wrong kind or form, too large, too slow, or empty
 */
export async function readImage(
  { request, response, signal }: Pick<Call<unknown, unknown>, 'request' | 'response' | 'signal'>,
  { limits, uploadMemory, fetchImage }: UploadContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const way = wayOf(request.get('content-type') ?? 'application/octet-stream');
  const collector = new ByteCollector(uploadMemory);
  response.once('close', () => collector.release());
  const bodyLimits = {
    bytes: limits.bodyBytes,
    idleSeconds: limits.idleSeconds,
    seconds: limits.uploadSeconds,
  };
  if (way === 'form') {
    await readMultipart(request, response, bodyLimits, signal, collector);
  } else {
    const bytes = way === 'json' ? Math.min(mostJson, limits.bodyBytes) : limits.bodyBytes;
    await receiveBody(request, response, { ...bodyLimits, bytes }, signal, (piece) => {
      collector.add(piece);
      return undefined;
    });
  }
  if (collector.length === 0) {
    throw new ProblemError(400, 'bad_request', 'The request has no body. Send the image as the body.');
  }
  if (way !== 'json') return collector.join();
  const { url } = parseAddress(collector.join());
  if (!fetchImage) {
    const detail = 'This server fetches no images. Send the image itself as the body.';
    throw new ProblemError(400, 'url_refused', detail);
  }
  const fetched = new ByteCollector(uploadMemory);
  response.once('close', () => fetched.release());
  return fetchImage(url, fetched, signal);
}

function parseAddress(bytes: Uint8Array): z.infer<typeof urlSchema> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ProblemError(400, 'bad_request', 'The body is said to be JSON, but is not.');
  }
  const parsed = urlSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ProblemError(400, 'bad_request', `Wrong body: ${z.prettifyError(parsed.error)}`);
}
