import { z } from 'zod';
import type { ServerContext } from '../context.js';
import { modelParameter, numberParameter } from '../http/parameters.js';
import type { Route } from '../http/route.js';
import { binary, defineRoute } from '../http/route.js';
import { detectionFormats } from '../models/served-model.js';
import { runWithImage } from '../run-with-image.js';
import { imageBody, imageProblems } from '../uploads/read-image.js';
import { imageSchema, modelNameSchema, timingsSchema } from './schemas.js';

const boxSchema = z
  .object({ xmin: z.number(), ymin: z.number(), xmax: z.number(), ymax: z.number() })
  .meta({ description: 'Pixels of the image, its top left corner at (0, 0)' });

export const detectionsSchema = z
  .object({
    predictions: z
      .array(
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
      )
      .meta({ description: 'Best first' }),
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
    description: "Objects with a lower score are left out. Default: the model's own, 0.3",
  }).optional(),
  format: z.enum(detectionFormats).default('json'),
});

/** Media types of the formats. */
const types = {
  json: 'application/json',
  geojson: 'application/geo+json',
  coco: 'application/vnd.coco+json',
  png: 'image/png',
} as const;

/** `POST /v1/detect`: where objects are in an image. */
export function detectRoutes(context: ServerContext): Route[] {
  const detect = defineRoute({
    method: 'post',
    path: '/v1/detect',
    operationId: 'detect',
    summary: 'Says where objects are in an image',
    description:
      '`format`: `json` as below; `geojson` (RFC 7946, positions where the image is a GeoTIFF); `coco`; `png`, the image ' +
      'with boxes drawn. Scenes too large for one request are for POST /v1/scenes.',
    tag: 'inference',
    query: querySchema,
    body: imageBody(context.fetchImage !== undefined),
    answers: {
      200: {
        description: 'Objects with their boxes',
        json: detectionsSchema,
        content: {
          [types.geojson]: z.record(z.string(), z.unknown()),
          [types.coco]: z.record(z.string(), z.unknown()),
          [types.png]: binary,
        },
      },
    },
    problems: [...imageProblems, 404],
    async handle(call) {
      const { threshold, format } = call.query;
      const { answer, timings } = await runWithImage(call, context, 'detect', (served, image) =>
        served.detect(image, { threshold, format, name: 'image' }, call.signal),
      );
      const { width, height, tiles, body } = answer;
      call.response.type(types[format]);
      if (format !== 'json') {
        call.response.send(Buffer.from(body.buffer));
        return undefined;
      }
      // The predictions are JSON already: the thread of the model has written it, as there may be thousands.
      const rest = JSON.stringify({ model: answer.name, image: { width, height }, tiles, timings });
      call.response.send(`{"predictions":${Buffer.from(body.buffer)},${rest.slice(1)}`);
      return undefined;
    },
  });
  return [detect];
}
