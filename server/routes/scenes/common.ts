import { z } from 'zod';
import type { ServerContext } from '../../context.js';
import type { SceneService } from '../../scenes/scene-service.js';

export type SceneContext = ServerContext & { readonly scenes: SceneService };

/** Of these operations in the OpenAPI document. */
export const tag = 'scenes';

export const sceneParams = z.object({
  id: z.uuid().meta({ description: 'Of the scene, as its creation answered it' }),
});

/** What Express can send. */
export function asBody(body: string | Uint8Array): string | Buffer {
  return typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
