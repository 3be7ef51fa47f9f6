import type { Scene, SceneEventName } from './answers.js';
import { connectionLost, pause } from './connection.js';
import { Problem } from './problem.js';
import { serverEvents } from './server-events.js';

export interface FollowOptions {
  readonly onProgress: (scene: Scene) => void;
  readonly signal: AbortSignal;
}

/** Milliseconds before a connection that was lost is made anew. */
const beforeNext = 500;

/**
 * Follows a job. Connects again when the connection is lost: the job goes on without it.
 * @returns the job as it ended
 * @throws Problem when it is removed; the signal's reason when it aborts
 */
export async function followScene(scene: Scene, { onProgress, signal }: FollowOptions): Promise<Scene> {
  let found: () => void = () => undefined;
  try {
    for (;;) {
      try {
        for await (const { event, data } of serverEvents(scene.links.events, signal)) {
          found();
          const name = event as SceneEventName;
          if (name === 'removed') throw removed(scene);
          if (name !== 'progress') return data as Scene;
          onProgress(data as Scene);
        }
      } catch (error) {
        if (signal.aborted || error instanceof Problem) throw error;
      }
      found();
      found = connectionLost();
      await pause(beforeNext, signal);
    }
  } finally {
    found();
  }
}

function removed({ name }: Scene): Problem {
  return new Problem({ detail: `${name} has been removed from the server.`, status: 404 });
}
