import { z } from 'zod';
import type { ServerContext } from '../context.js';
import { integerParameter, modelParameter, switchParameter } from '../http/parameters.js';
import type { Route } from '../http/route.js';
import { defineRoute } from '../http/route.js';
import type { ClassifyAnswer } from '../models/served-model.js';
import { runWithImage } from '../run-with-image.js';
import { imageBody, imageProblems } from '../uploads/read-image.js';
import { imageSchema, modelNameSchema, timingsSchema } from './schemas.js';

const predictionsSchema = z.array(
  z.object({ label: z.string(), score: z.number().meta({ description: 'Probability, 0 to 1' }) }),
);

export const classificationSchema = z
  .object({
    predictions: predictionsSchema.meta({ description: 'Best first' }),
    model: modelNameSchema,
    image: imageSchema,
    tiles: z.int().meta({ description: 'In how many parts the image was run' }),
    timings: timingsSchema,
    tasks: z
      .array(
        z.object({ name: z.string(), kind: z.enum(['single', 'multi']), predictions: predictionsSchema }),
      )
      .optional()
      .meta({
        description: 'Of a model that answers several questions; `predictions` are those to the first',
      }),
    attention: z
      .object({ overlay: z.string().meta({ description: 'PNG as a data URL' }) })
      .optional()
      .meta({ description: 'Where the global token looked, drawn over the image' }),
  })
  .meta({ id: 'Classification' });

const querySchema = z.strictObject({
  model: modelParameter,
  top_k: integerParameter({
    minimum: 1,
    maximum: 1000,
    description: 'How many labels to answer with. Default 5',
  })
    .optional()
    .transform((count) => count ?? 5),
  attention: switchParameter('Whether to draw where the model looked'),
  format: z.literal('json').optional(),
});

/** `POST /v1/classify`: what an image shows. */
export function classifyRoutes(context: ServerContext): Route[] {
  const classify = defineRoute({
    method: 'post',
    path: '/v1/classify',
    operationId: 'classify',
    summary: 'Says what an image shows',
    tag: 'inference',
    query: querySchema,
    body: imageBody(context.fetchImage !== undefined),
    answers: { 200: { description: 'Labels with their scores', json: classificationSchema } },
    problems: [...imageProblems, 404],
    async handle(call) {
      const { top_k: topK, attention } = call.query;
      const { answer, header, timings } = await runWithImage(call, context, 'classify', (served, image) =>
        served.classify(image, { topK, attention }, call.signal),
      );
      const { width, height } = header;
      return {
        status: 200,
        json: {
          predictions: answer.labels,
          model: answer.name,
          image: { width, height },
          tiles: answer.tiles,
          timings,
          tasks: answer.tasks?.map(({ name, kind, labels }) => ({
            name,
            kind,
            predictions: labels.slice(0, topK),
          })),
          attention: overlayOf(answer),
        },
      };
    },
  });
  return [classify];
}

function overlayOf({ overlay }: ClassifyAnswer): { overlay: string } | undefined {
  if (!overlay) return undefined;
  const { buffer, byteOffset, byteLength } = overlay;
  const base64 = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  return { overlay: `data:image/png;base64,${base64}` };
}
