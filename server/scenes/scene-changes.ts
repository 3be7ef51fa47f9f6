import { EventEmitter } from 'node:events';

/** Tells who listens that the state of a job has changed. */
export class SceneChanges {
  readonly #events = new EventEmitter().setMaxListeners(0);

  emit(id: string): void {
    this.#events.emit(id);
  }

  /**
   * Calls `listener` whenever a job has changed.
   * @returns ends that
   */
  watch(id: string, listener: () => void): () => void {
    this.#events.on(id, listener);
    return () => this.#events.off(id, listener);
  }
}
