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
