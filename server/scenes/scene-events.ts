import { z } from 'zod';

/** Names of the events of a scene; all but the first end the stream. */
export const sceneEventNames = ['progress', 'done', 'failed', 'cancelled', 'removed'] as const;

/** The text of a server-sent event. */
export function eventText(name: (typeof sceneEventNames)[number], data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A sign of life, which readers of events pass over. */
export const heartbeatText = ':\n\n';

/** An event of such a stream, of which OpenAPI 3.1 cannot say that there are several. */
export const sceneEventSchema = z
  .object({
    event: z.enum(sceneEventNames),
    data: z.string().meta({
      description: 'JSON in one line: a `Scene`, or for `removed` an object with its `id`',
      contentMediaType: 'application/json',
    }),
  })
  .meta({ id: 'SceneEvent', description: 'A server-sent event' });
