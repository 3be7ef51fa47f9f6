import { z } from 'zod';

/** Names of the events of a scene; all but the first end the stream. */
export const sceneEventNames = ['progress', 'done', 'failed', 'cancelled', 'removed'] as const;

/** The text of a server-sent event. */
export function eventText(name: (typeof sceneEventNames)[number], data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A sign of life, which readers of events pass over. */
export const heartbeatText = ':\n\n';

/** What such a stream looks like; OpenAPI 3.1 has no way to describe its events one by one. */
export const sceneEventsSchema = z
  .string()
  .regex(new RegExp(`^(event: (${sceneEventNames.join('|')})\\ndata: \\{.*\\}\\n\\n|:\\n\\n)*$`))
  .meta({
    description:
      'Server-sent events. `data` is JSON in one line: a `Scene`, or for `removed` an object with its `id`. Comments in between ' +
      'are signs of life.',
    examples: [
      eventText('progress', { id: '…', status: 'running', progress: { done: 3, total: 35 } }),
      eventText('done', { id: '…', status: 'done', progress: { done: 35, total: 35 } }),
    ],
    id: 'SceneEvents',
  });
