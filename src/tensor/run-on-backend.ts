import { tf } from './tensor.js';

/** What of tfjs's engine says which backend computes; neither is set until the first use of one. */
interface EngineState {
  backendName?: string | null;
  backendInstance?: object | null;
}

/**
 * Runs `body` with a backend as the current one, and leaves the choice of the process, also that none has been made yet,
 * as it was. What `body` starts must be finished when it returns, but for reading its tensors.
 * @param name of a backend that starts synchronously, or has been started
 */
export function runOnBackend<Result>(name: string, body: () => Result): Result {
  const engine = tf.engine() as unknown as EngineState;
  const { backendName, backendInstance } = engine;
  void tf.setBackend(name);
  try {
    return body();
  } finally {
    if (backendName && backendInstance) void tf.setBackend(backendName);
    else Object.assign(engine, { backendName, backendInstance });
  }
}
