import { z } from 'zod';

/** Parts that answers have in common. */

export const modelNameSchema = z.string().meta({ description: 'Name of the model that was run' });

export const imageSchema = z
  .object({ width: z.int(), height: z.int() })
  .meta({ description: 'Size of the upright image, in pixels' });

export const timingsSchema = z
  .object({
    upload: z.number().meta({ description: 'Reading the request' }),
    queue: z.number().meta({ description: 'Waiting for a turn' }),
    inference: z.number().meta({ description: 'Decoding, the model, drawing' }),
    total: z.number().meta({ description: 'From the request to its answer' }),
  })
  .meta({ description: 'Seconds' });

/** How answers with several images, or without what goes with predictions, look. */
export const severalDescription =
  'Of a form with several images, `results` has an answer for each, in their order. `format=list` answers with the ' +
  'predictions alone, as do images in JSON unless `format=json`.';

export const formatParameter = z
  .enum(['json', 'list'])
  .optional()
  .meta({ description: '`list`: the predictions alone. Default `json`, or `list` for images in JSON' });

/** Answers for several images. */
export function severalOf<Answer extends z.ZodType>(answer: Answer) {
  return z.object({ results: z.array(answer) });
}

/** The only answer as it is, several with a name. */
export function oneOrResults<Answer>(answers: readonly Answer[]): Answer | { results: readonly Answer[] } {
  return answers.length === 1 ? answers[0]! : { results: answers };
}

/** The only list as it is, several as a list of them. */
export function oneOrAll<List>(lists: readonly List[]): List | readonly List[] {
  return lists.length === 1 ? lists[0]! : lists;
}
