import { z } from 'zod';
import type { Caller } from '../access/caller.js';
import type { JobProgress } from './job-messages.js';
import { sceneFailureSchema, sceneTaskSchema } from './scene-order.js';
import type { StoredScene } from './scene-store.js';

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
    owner: z
      .string()
      .optional()
      .meta({ description: "Name of the key it came with; told to an operator's key" }),
    model: z.string(),
    task: sceneTaskSchema,
    image: z.object({ width: z.int(), height: z.int() }).meta({ description: 'Pixels' }),
    created: z.iso.datetime(),
    started: z.iso.datetime().optional(),
    finished: z.iso.datetime().optional(),
    waiting_for: z
      .literal('disk_full')
      .optional()
      .meta({ description: 'Why it does not go on: there is no room on the disk. It will by itself' }),
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

/** How far a job is that has not ended. */
export interface SceneState {
  /** Jobs before it. */
  readonly ahead: number;
  readonly started?: string;
  readonly progress: JobProgress;
  readonly waitingFor?: 'disk_full';
}

/** What a caller is told of a job. */
export function statusOf({ order, end }: StoredScene, state: SceneState, { isAdmin }: Caller): SceneStatus {
  const { id, model, task, name, created, width, height } = order;
  const path = `/v1/scenes/${id}`;
  return {
    id,
    ...phaseOf(end, state),
    name,
    ...(isAdmin && { owner: order.owner }),
    model,
    task,
    image: { width, height },
    created,
    links: {
      self: path,
      events: `${path}/events`,
      result: `${path}/result`,
      image: `${path}/image.dzi`,
      view: `${path}/view`,
      ...(task === 'classify' && { attention: `${path}/attention` }),
    },
  };
}

function phaseOf(end: StoredScene['end'], { ahead, started, progress, waitingFor }: SceneState) {
  if (!end) {
    const status = started ? ('running' as const) : ('queued' as const);
    return { status, progress, ahead, started, ...(waitingFor && { waiting_for: waitingFor }) };
  }
  const { status, tiles, finished, error } = end;
  const done = status === 'done' ? tiles : 0;
  return { status, progress: { done, total: tiles }, ahead: 0, started: end.started, finished, error };
}
