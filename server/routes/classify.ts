import { z } from 'zod';
import { headerNotes } from '../../src/image/header.js';
import type { ServerContext } from '../context.js';
import { integerParameter, modelParameter, switchParameter } from '../http/parameters.js';
import type { Route } from '../http/route.js';
import { defineRoute } from '../http/route.js';
import type { ClassifyAnswer } from '../models/served-model.js';
import type { ImageAnswer } from '../run-with-images.js';
import { runWithImages } from '../run-with-images.js';
import { imageBody, imageProblems } from '../uploads/read-upload.js';
import {
  formatParameter,
  imageSchema,
  modelNameSchema,
  oneOrAll,
  oneOrResults,
  severalDescription,
  severalOf,
  timingsSchema,
} from './schemas.js';

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
    notes: z
      .array(z.string())
      .optional()
      .meta({ description: 'What to know of how the image was shown to the model, a sentence each' }),
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
  }).optional(),
  attention: switchParameter('Whether to draw where the model looked'),
  format: formatParameter,
});

/** What may come with an image in JSON, as Hugging Face's clients send it. */
const parametersSchema = z.strictObject({
  top_k: z.int().min(1).max(1000).nullish(),
  function_to_apply: z.literal('softmax').nullish().meta({ description: 'Scores are probabilities' }),
});

/** `POST /v1/classify`: what an image shows. */
export function classifyRoutes(context: ServerContext): Route[] {
  const classify = defineRoute({
    method: 'post',
    path: '/v1/classify',
    operationId: 'classify',
    summary: 'Says what an image shows',
    description: severalDescription,
    tag: 'inference',
    query: querySchema,
    body: imageBody(context.fetchImage !== undefined, parametersSchema),
    answers: {
      200: {
        description: 'Labels with their scores',
        json: z.union([
          classificationSchema,
          severalOf(classificationSchema),
          predictionsSchema,
          z.array(predictionsSchema),
        ]),
      },
    },
    problems: [...imageProblems, 404],
    async handle(call) {
      const { attention, format } = call.query;
      const { answers, isInputs } = await runWithImages(
        call,
        context,
        'classify',
        parametersSchema,
        async (served, image, given) => {
          const topK = given?.top_k ?? call.query.top_k ?? 5;
          const answer = await served.classify(image, { topK, attention }, call.signal);
          const tasks = answer.tasks?.map((task) => ({ ...task, labels: task.labels.slice(0, topK) }));
          return { ...answer, tasks };
        },
      );
      const isList = format === 'list' || (isInputs && format === undefined);
      const json = isList
        ? oneOrAll(answers.map(({ answer }) => answer.labels))
        : oneOrResults(answers.map(answerOf));
      return { status: 200, json };
    },
  });
  return [classify];
}

function answerOf({ answer, header, timings }: ImageAnswer<ClassifyAnswer>) {
  const { width, height } = header;
  return {
    predictions: answer.labels,
    model: answer.name,
    image: { width, height },
    tiles: answer.tiles,
    timings,
    notes: header.isStretched ? headerNotes(header) : undefined,
    tasks: answer.tasks?.map(({ name, kind, labels }) => ({ name, kind, predictions: labels })),
    attention: overlayOf(answer),
  };
}

function overlayOf({ overlay }: ClassifyAnswer): { overlay: string } | undefined {
  if (!overlay) return undefined;
  const { buffer, byteOffset, byteLength } = overlay;
  const base64 = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  return { overlay: `data:image/png;base64,${base64}` };
}
