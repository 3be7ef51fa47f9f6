import { RequestThread } from '../../src/base/threads/request-thread.js';
import type { ImageAnswer, ImageRequest } from './image-messages.js';

type Thread = RequestThread<ImageRequest, ImageAnswer>;

/** The threads that images of scenes are made in, started when they are first needed and again should they end. */
export class ImageThreads {
  /** Deep zoom tiles take minutes where all else takes moments: a thread each. */
  readonly #threads: Partial<Record<'zoom' | 'other', Thread>> = {};

  ask(request: ImageRequest): Promise<ImageAnswer> {
    const name = request.kind === 'deep zoom' ? 'zoom' : 'other';
    const running = this.#threads[name];
    if (running && !running.hasEnded) return running.ask(request);
    const started: Thread = new RequestThread(new URL('./image-thread.js', import.meta.url));
    this.#threads[name] = started;
    return started.ask(request);
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#threads).map((thread) => thread.terminate()));
  }
}
