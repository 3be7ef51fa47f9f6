import type { Response } from 'express';
import { z } from 'zod';
import type { ServerContext } from '../context.js';
import { modelParameter, numberParameter } from '../http/parameters.js';
import type { Route } from '../http/route.js';
import { binary, defineRoute } from '../http/route.js';
import type { DetectAnswer } from '../models/served-model.js';
import { detectionFormats } from '../models/served-model.js';
import { ProblemError } from '../problem.js';
import type { ImageAnswer } from '../run-with-images.js';
import { runWithImages } from '../run-with-images.js';
import { imageBody, imageProblems } from '../uploads/read-upload.js';
import { imageSchema, modelNameSchema, severalDescription, severalOf, timingsSchema } from './schemas.js';

const boxSchema = z
  .object({ xmin: z.number(), ymin: z.number(), xmax: z.number(), ymax: z.number() })
  .meta({ description: 'Pixels of the image, its top left corner at (0, 0)' });

const predictionsSchema = z.array(
  z.object({
    label: z.string(),
    score: z.number().meta({ description: '0 to 1' }),
    box: boxSchema,
    corners: z
      .array(z.number())
      .length(8)
      .optional()
      .meta({ description: 'Of turned boxes: x0, y0, … x3, y3, clockwise as seen' }),
  }),
);

export const detectionsSchema = z
  .object({
    predictions: predictionsSchema.meta({ description: 'Best first' }),
    model: modelNameSchema,
    image: imageSchema,
    tiles: z.int().meta({ description: 'In how many parts the image was run' }),
    timings: timingsSchema,
  })
  .meta({ id: 'Detections' });

const querySchema = z.strictObject({
  model: modelParameter,
  threshold: numberParameter({
    minimum: 0,
    maximum: 1,
    description: "Objects with a lower score are left out. Default: the model's own",
  }).optional(),
  format: z.enum([...detectionFormats, 'list']).optional(),
});

/** Media types of the formats. */
const types = {
  geojson: 'application/geo+json',
  coco: 'application/vnd.coco+json',
  png: 'image/png',
} as const;

/** What may come with an image in JSON, as Hugging Face's clients send it. */
const parametersSchema = z.strictObject({ threshold: z.number().min(0).max(1).nullish() });

type Format = NonNullable<z.infer<typeof querySchema>['format']>;

/** `POST /v1/detect`: where objects are in an image. */
export function detectRoutes(context: ServerContext): Route[] {
  const detect = defineRoute({
    method: 'post',
    path: '/v1/detect',
    operationId: 'detect',
    summary: 'Says where objects are in an image',
    description:
      '`format`: `json` as below; `geojson` (RFC 7946, positions where the image is a GeoTIFF); `coco`; `png`, the image ' +
      `with boxes drawn. ${severalDescription} Scenes too large for one request are for POST /v1/scenes.`,
    tag: 'inference',
    query: querySchema,
    body: imageBody(context.fetchImage !== undefined, parametersSchema),
    answers: {
      200: {
        description: 'Objects with their boxes',
        json: z.union([
          detectionsSchema,
          severalOf(detectionsSchema),
          predictionsSchema,
          z.array(predictionsSchema),
        ]),
        content: {
          [types.geojson]: z.record(z.string(), z.unknown()),
          [types.coco]: z.record(z.string(), z.unknown()),
          [types.png]: binary,
        },
      },
    },
    problems: [...imageProblems, 404],
    async handle(call) {
      const { format } = call.query;
      const { answers, isInputs } = await runWithImages(
        call,
        context,
        'detect',
        parametersSchema,
        (served, image, given) => {
          const threshold = given?.threshold ?? call.query.threshold;
          const inModel = format === undefined || format === 'list' ? 'json' : format;
          return served.detect(image, { threshold, format: inModel, name: 'image' }, call.signal);
        },
      );
      send(call.response, answers, format ?? (isInputs ? 'list' : 'json'));
      return undefined;
    },
  });
  return [detect];
}

function send(response: Response, answers: readonly ImageAnswer<DetectAnswer>[], format: Format): void {
  if (format === 'json' || format === 'list') {
    // Predictions are JSON already: the model's thread has written it, as there may be thousands.
    const texts = answers.map((each) => (format === 'list' ? textOf(each.answer) : answerText(each)));
    const several = format === 'list' ? `[${texts.join()}]` : `{"results":[${texts.join()}]}`;
    response.type('json').send(texts.length === 1 ? texts[0] : several);
    return;
  }
  if (answers.length > 1) {
    const detail = `A form with several images is answered as json or list, not as ${format}.`;
    throw new ProblemError(400, 'bad_request', detail);
  }
  response.type(types[format]).send(bytesOf(answers[0]!.answer));
}

function answerText({ answer, timings }: ImageAnswer<DetectAnswer>): string {
  const { width, height, tiles, name: model } = answer;
  const rest = JSON.stringify({ model, image: { width, height }, tiles, timings });
  return `{"predictions":${textOf(answer)},${rest.slice(1)}`;
}

function textOf(answer: DetectAnswer): string {
  return bytesOf(answer).toString();
}

/** The body of an answer, which may be a part of a larger piece of memory. */
function bytesOf({ body }: DetectAnswer): Buffer {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
