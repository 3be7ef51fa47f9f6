import { z } from 'zod';
import type { ServerContext } from '../context.js';
import type { Call } from '../http/route.js';
import type { Image, ModelInfo } from '../models/served-model.js';
import { ProblemError } from '../problem.js';
import { checkHeader, checkSize } from '../run-with-images.js';
import { ByteCollector } from '../uploads/byte-collector.js';
import { receiveBody } from '../uploads/receive-body.js';
import { QueueFullError } from '../work-queue.js';
import type { InferRequest } from './messages.js';
import { inferRequestSchema } from './messages.js';
import type { SentImage } from './read-images.js';
import { readImages } from './read-images.js';
import type { OutputTensor } from './write-response.js';
import { jsonLengthHeader, writeResponse } from './write-response.js';

/** Longest JSON: parsing it keeps the thread that answers everybody busy. Larger tensors go in binary. */
const mostJsonBytes = 2 ** 21;

/** Reads an inference request, runs its images and answers. */
export async function infer(
  call: Pick<Call<unknown, unknown>, 'request' | 'response' | 'signal'>,
  context: ServerContext,
  model: ModelInfo,
): Promise<void> {
  const { request, images } = await readRequest(call, context);
  const outputs =
    model.task === 'classify'
      ? await classifyAll(images, context, model, call.signal)
      : await detectOne(images, context, model, call.signal);
  writeResponse(call.response, model.name, request, outputs);
}

async function readRequest(
  { request, response, signal }: Pick<Call<unknown, unknown>, 'request' | 'response' | 'signal'>,
  { queue, limits, uploadMemory }: ServerContext,
): Promise<{ request: InferRequest; images: SentImage[] }> {
  if (queue.isFull) throw new QueueFullError('The queue is full.');
  const collector = new ByteCollector(uploadMemory);
  response.once('close', () => collector.release());
  const { bodyBytes, idleSeconds, uploadSeconds } = limits;
  await receiveBody(
    request,
    response,
    { bytes: bodyBytes, idleSeconds, seconds: uploadSeconds },
    signal,
    (piece) => {
      collector.add(piece);
      return undefined;
    },
  );
  const body = collector.join();
  const jsonLength = jsonLengthOf(request.get(jsonLengthHeader), body.length);
  const message = parseMessage(body.subarray(0, jsonLength));
  return { request: message, images: readImages(message, body.subarray(jsonLength)) };
}

function jsonLengthOf(header: string | undefined, bodyLength: number): number {
  const length = header === undefined ? bodyLength : Number(header);
  if (!Number.isInteger(length) || length < 0 || length > bodyLength) {
    throw wrong(`${jsonLengthHeader} is ${header?.slice(0, 100)}, which is no length within the body.`);
  }
  if (length <= mostJsonBytes) return length;
  const detail = `The JSON is longer than ${mostJsonBytes} bytes. Send large tensors in binary, behind the JSON.`;
  throw new ProblemError(413, 'too_large', detail);
}

function parseMessage(bytes: Uint8Array): InferRequest {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw wrong('The request is not JSON.');
  }
  const parsed = inferRequestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw wrong(`Wrong request: ${z.prettifyError(parsed.error)}`);
}

/** An image whose size has been checked, and its pixels. @throws as `checkHeader` and `checkSize` */
async function checked(
  sent: SentImage,
  { limits }: ServerContext,
): Promise<{ image: Image; pixels: number }> {
  if ('data' in sent) return { image: sent, pixels: checkSize(sent, limits) };
  const header = await checkHeader(sent, limits);
  return { image: { bytes: sent, header }, pixels: header.width * header.height };
}

async function classifyAll(
  images: readonly SentImage[],
  context: ServerContext,
  model: ModelInfo,
  signal: AbortSignal,
): Promise<OutputTensor[]> {
  const { models, queue, limits } = context;
  const { labels } = model;
  const scores = new Float32Array(images.length * labels.length);
  const places = new Map(labels.map((label, index) => [label, index]));
  const classify = async (sent: SentImage, index: number) => {
    const { image, pixels } = await checked(sent, context);
    const request = { topK: labels.length, attention: false };
    const work = () =>
      models.use('classify', model.name, (served) => served.classify(image, request, signal));
    const answer = await queue.run(work, signal, pixels);
    for (const { label, score } of answer.labels) scores[index * labels.length + places.get(label)!] = score;
  };
  // A few at a time, so that one request neither fills the queue nor has to wait for itself.
  for (let first = 0; first < images.length; first += limits.running) {
    const some = images.slice(first, first + limits.running);
    await Promise.all(some.map((image, index) => classify(image, first + index)));
  }
  return [
    { name: 'scores', datatype: 'FP32', shape: [images.length, labels.length], data: scores },
    { name: 'labels', datatype: 'BYTES', shape: [labels.length], data: labels },
  ];
}

const foundSchema = z.array(
  z.object({
    label: z.string(),
    score: z.number(),
    box: z.object({ xmin: z.number(), ymin: z.number(), xmax: z.number(), ymax: z.number() }),
  }),
);

async function detectOne(
  images: readonly SentImage[],
  context: ServerContext,
  model: ModelInfo,
  signal: AbortSignal,
): Promise<OutputTensor[]> {
  const [sent, ...more] = images as [SentImage, ...SentImage[]];
  if (more.length > 0)
    throw wrong('A detector takes one image a request: images have different numbers of objects.');
  const { image, pixels } = await checked(sent, context);
  const request = { format: 'json', name: 'image' } as const;
  const work = () =>
    context.models.use('detect', model.name, (served) => served.detect(image, request, signal));
  const answer = await context.queue.run(work, signal, pixels);
  const found = foundSchema.parse(JSON.parse(Buffer.from(answer.body).toString()));
  const classes = found.map(({ label }) => model.labels.indexOf(label));
  const boxes = found.flatMap(({ box }) => [box.xmin, box.ymin, box.xmax, box.ymax]);
  const count = found.length;
  return [
    { name: 'boxes', datatype: 'FP32', shape: [count, 4], data: Float32Array.from(boxes) },
    {
      name: 'scores',
      datatype: 'FP32',
      shape: [count],
      data: Float32Array.from(found, ({ score }) => score),
    },
    { name: 'classes', datatype: 'INT32', shape: [count], data: Int32Array.from(classes) },
    { name: 'labels', datatype: 'BYTES', shape: [count], data: found.map(({ label }) => label) },
  ];
}

function wrong(detail: string): ProblemError {
  return new ProblemError(400, 'bad_request', detail);
}
