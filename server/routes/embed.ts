import { z } from 'zod';
import type { ServerContext } from '../context.js';
import { modelParameter, switchParameter } from '../http/parameters.js';
import type { Route } from '../http/route.js';
import { defineRoute } from '../http/route.js';
import type { EmbedAnswer } from '../models/served-model.js';
import type { ImageAnswer } from '../run-with-images.js';
import { runWithImages } from '../run-with-images.js';
import { imageBody, imageProblems } from '../uploads/read-upload.js';
import {
  imageSchema,
  modelNameSchema,
  oneOrResults,
  severalDescription,
  severalOf,
  timingsSchema,
} from './schemas.js';

const vector = z.array(z.number());

export const embeddingSchema = z
  .object({
    embedding: vector.meta({ description: "What the model's classifier sees, or would see" }),
    class_token: vector.optional().meta({ description: 'Absent where the model has none' }),
    mean: vector.meta({ description: 'Mean of the tokens of patches' }),
    patches: z
      .object({
        rows: z.int(),
        columns: z.int(),
        width: z.int(),
        data: z.string().meta({
          description: 'Little-endian 32-bit floats in base64, row by row, the numbers of a patch together',
        }),
      })
      .optional()
      .meta({ description: 'Tokens of the patches, where they were asked for' }),
    model: modelNameSchema,
    image: imageSchema,
    tiles: z.int().meta({ description: 'In how many parts the image was run' }),
    timings: timingsSchema,
  })
  .meta({ id: 'Embedding' });

const querySchema = z.strictObject({
  model: modelParameter,
  patches: switchParameter('Whether to answer with the tokens of patches too'),
});
/** Nothing comes with an image. */
const parametersSchema = z.strictObject({});

/** `POST /v1/embed`: what a model knows of an image, as vectors. */
export function embedRoutes(context: ServerContext): Route[] {
  const embed = defineRoute({
    method: 'post',
    path: '/v1/embed',
    operationId: 'embed',
    summary: 'Gives vectors of an image, near each other for images that are alike',
    description: severalDescription,
    tag: 'inference',
    query: querySchema,
    body: imageBody(context.fetchImage !== undefined, parametersSchema),
    answers: {
      200: { description: 'Vectors', json: z.union([embeddingSchema, severalOf(embeddingSchema)]) },
    },
    problems: [...imageProblems, 404],
    async handle(call) {
      const { patches } = call.query;
      const { answers } = await runWithImages(call, context, 'classify', parametersSchema, (served, image) =>
        served.embed(image, { patches }, call.signal),
      );
      return { status: 200, json: oneOrResults(answers.map(answerOf)) };
    },
  });
  return [embed];
}

function answerOf({ answer, header, timings }: ImageAnswer<EmbedAnswer>) {
  const { features, classToken, mean, patches, tiles, name } = answer;
  const { width, height } = header;
  return {
    embedding: [...features],
    class_token: classToken && [...classToken],
    mean: [...mean],
    patches: patches && { ...patches, data: base64(patches.data) },
    model: name,
    image: { width, height },
    tiles,
    timings,
  };
}

function base64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
