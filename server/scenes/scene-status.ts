import { z } from 'zod';
import { sceneFailureSchema, sceneTaskSchema } from './scene-order.js';

/** A job as clients are told of it. */
export const sceneStatusSchema = z
  .object({
    id: z.string(),
    status: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
    progress: z
      .object({ done: z.int(), total: z.int() })
      .meta({ description: 'Tiles; a total of 0 while it is not known' }),
    ahead: z.int().meta({ description: 'Scenes that come before this one' }),
    name: z.string().meta({ description: 'What the client called the scene' }),
    model: z.string(),
    task: sceneTaskSchema,
    image: z.object({ width: z.int(), height: z.int() }).meta({ description: 'Pixels' }),
    created: z.iso.datetime(),
    started: z.iso.datetime().optional(),
    finished: z.iso.datetime().optional(),
    error: sceneFailureSchema.optional().meta({ description: 'Why it failed' }),
    links: z.object({
      self: z.string(),
      events: z.string(),
      result: z.string(),
      image: z.string().meta({ description: 'Deep Zoom descriptor' }),
      view: z.string(),
      attention: z.string().optional(),
    }),
  })
  .meta({ id: 'Scene' });

export type SceneStatus = z.infer<typeof sceneStatusSchema>;
