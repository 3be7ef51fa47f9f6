import { z } from 'zod';
import type { Call, RouteBody } from '../http/route.js';
import { binary } from '../http/route.js';
import type { ServerLimits } from '../limits.js';
import { ProblemError } from '../problem.js';
import { ByteCollector, type MemoryBudget } from './byte-collector.js';
import type { FetchImage } from './fetch-image.js';
import { inputsSchema, parseJsonBody, urlSchema } from './json-body.js';
import { imageField, readMultipart } from './multipart.js';
import type { BodyLimits } from './receive-body.js';
import { receiveBody } from './receive-body.js';

export interface UploadContext {
  readonly limits: ServerLimits;
  readonly uploadMemory: MemoryBudget;
  /** Absent where the operator allows no hosts. */
  readonly fetchImage?: FetchImage;
}

/**
 * What a route that takes images says of its body.
 * @param canFetch whether the server fetches images
 * @param parameters that may come with an image in JSON
 */
export function imageBody(canFetch: boolean, parameters: z.ZodType): RouteBody {
  const files = z.any().meta({ override: { ...binary } });
  const inputs = inputsSchema(parameters);
  return {
    description:
      `The image itself; a form with one or more images in the field \`image\`; ${canFetch ? 'its address; ' : ''}` +
      'or JSON as it is sent to Hugging Face',
    content: {
      'image/*': binary,
      'application/octet-stream': binary,
      'multipart/form-data': z.strictObject({ [imageField]: files }),
      'application/json': canFetch ? z.union([inputs, urlSchema]) : inputs,
    },
  };
}

/** Images that a request brings. */
export interface Upload<Parameters> {
  readonly images: readonly [Uint8Array<ArrayBuffer>, ...Uint8Array<ArrayBuffer>[]];
  /** Whether they came as Hugging Face's clients send them: these know no answer but a list. */
  readonly isInputs: boolean;
  readonly parameters?: Parameters;
}

/** Problems that reading an image may end in. */
export const imageProblems = [400, 408, 413, 415, 422] as const;

/** Bytes of JSON: parsing it keeps the thread that answers everybody busy. */
const mostJson = 2 ** 24;

/** Ways to send an image, by the media type of the body. */
function wayOf(type: string): 'raw' | 'form' | 'json' {
  if (/^(image\/[\w.+-]+|application\/octet-stream)\s*(;|$)/i.test(type)) return 'raw';
  if (/^multipart\/form-data\s*(;|$)/i.test(type)) return 'form';
  if (/^application\/json\s*(;|$)/i.test(type)) return 'json';
  throw new ProblemError(
    415,
    'unsupported_type',
    `The body is said to be ${type.slice(0, 100)}. Send the image itself, as image/* or application/octet-stream; ` +
      'a form, multipart/form-data, with the field "image"; or {"inputs": "<base64>"} or {"url": "…"} as application/json.',
  );
}

/**
 * Reads the images that a request brings: as its body, in a form, in JSON, or behind an address.
 * @param parameters that JSON may bring with an image
 * @returns their bytes, in memory that may be transferred; they count against the server's budget until the answer is out
 * @throws ProblemError for a body of a wrong kind or form, too large, too slow, or empty
 */
export async function readUpload<Parameters extends z.ZodType>(
  call: ImageCall,
  context: UploadContext,
  parameters: Parameters,
): Promise<Upload<z.output<Parameters>>> {
  const { request, response, signal } = call;
  const { limits, uploadMemory } = context;
  const way = wayOf(request.get('content-type') ?? 'application/octet-stream');
  if (way === 'form') {
    const files = await readMultipart(request, response, bodyLimits(limits), signal, uploadMemory);
    return { images: files.map(({ bytes }) => bytes) as unknown as Upload<never>['images'], isInputs: false };
  }
  if (way === 'raw') return { images: [await readWhole(call, context, limits.bodyBytes)], isInputs: false };
  const text = await readWhole(call, context, Math.min(mostJson, limits.bodyBytes));
  const body = parseJsonBody(text, parameters);
  if ('inputs' in body) return { images: [body.inputs], isInputs: true, parameters: body.parameters };
  return { images: [await fetched(body.url, call, context)], isInputs: false };
}

type ImageCall = Pick<Call<unknown, unknown>, 'request' | 'response' | 'signal'>;

function bodyLimits({ bodyBytes, idleSeconds, uploadSeconds }: ServerLimits, bytes = bodyBytes): BodyLimits {
  return { bytes, idleSeconds, seconds: uploadSeconds };
}

async function readWhole(
  { request, response, signal }: ImageCall,
  { limits, uploadMemory }: UploadContext,
  bytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const collector = new ByteCollector(uploadMemory);
  response.once('close', () => collector.release());
  await receiveBody(request, response, bodyLimits(limits, bytes), signal, (piece) => {
    collector.add(piece);
    return undefined;
  });
  if (collector.length > 0) return collector.join();
  throw new ProblemError(400, 'bad_request', 'The request has no body. Send the image as the body.');
}

function fetched(
  url: string,
  { response, signal }: ImageCall,
  { uploadMemory, fetchImage }: UploadContext,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!fetchImage) {
    const detail = 'This server fetches no images. Send the image itself as the body.';
    throw new ProblemError(400, 'url_refused', detail);
  }
  const collector = new ByteCollector(uploadMemory);
  response.once('close', () => collector.release());
  return fetchImage(url, collector, signal);
}
