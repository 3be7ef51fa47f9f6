import type { Scene, SceneEventName } from './answers.js';
import { Problem } from './problem.js';
import { serverEvents } from './server-events.js';

export interface FollowOptions {
  readonly onProgress: (scene: Scene) => void;
  readonly signal: AbortSignal;
}

/**
 * Follows a job. Connects again when the connection is lost: the job goes on without it.
 * @returns the job as it ended
 */
export async function followScene({ links }: Scene, { onProgress, signal }: FollowOptions): Promise<Scene> {
  for (let attempt = 0; ; attempt++) {
    try {
      for await (const { event, data } of serverEvents(links.events, signal)) {
        attempt = 0;
        const progress: SceneEventName = 'progress';
        if (event !== progress) return data as Scene;
        onProgress(data as Scene);
      }
    } catch (error) {
      if (signal.aborted || attempt >= 10 || (error instanceof Problem && error.status === 404)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(8000, 500 * 2 ** attempt)));
  }
}
