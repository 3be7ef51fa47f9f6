import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { modelFingerprint } from '../../src/checkpoint/model-fingerprint.js';
import { UserError } from '../../src/errors.js';
import { loadDetector, loadModel } from '../../src/model.js';
import type { JobReply, JobRequest, JobThreadOptions, SceneModel } from './job-messages.js';
import type { SceneEngine } from './run-scene.js';
import { runScene } from './run-scene.js';
import { failureOf } from './scene-failure.js';

/*
 * The thread that jobs run in, one after the other: reading, merging and writing of scenes would hold up the event loop.
 * The model of the last job stays loaded.
 */

const { device, threads, memoryBytes } = workerData as JobThreadOptions;
const port = parentPort!;
let cancelling = new AbortController();
let loaded: { readonly key: string; readonly engine: SceneEngine } | undefined;
port.on('message', (request: JobRequest) => {
  if (request.kind === 'cancel') cancelling.abort(new Error('The job was cancelled.'));
  else void run(request).then((reply) => port.postMessage(reply));
});

async function run({ folder, order, model }: Extract<JobRequest, { kind: 'run' }>): Promise<JobReply> {
  cancelling = new AbortController();
  const { signal } = cancelling;
  const onProgress = ({ done, total }: { done: number; total: number }) => {
    port.postMessage({ kind: 'progress', done, total } satisfies JobReply);
  };
  try {
    const engine = await engineOf(model);
    const tiles = await runScene(folder, order, { engine, memoryBytes, signal, onProgress });
    return { kind: 'done', tiles };
  } catch (error) {
    if (signal.aborted) return { kind: 'cancelled' };
    if (error instanceof UserError) return { kind: 'refused', failure: failureOf(error, folder, order.name) };
    // The threads of its sessions may be what broke.
    loaded = undefined;
    return {
      kind: 'broken',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

async function engineOf({ folder, task }: SceneModel): Promise<SceneEngine> {
  // A model folder may have been replaced since.
  const { mtimeMs } = await stat(join(folder, 'model.safetensors'));
  const key = `${folder} ${mtimeMs}`;
  if (loaded?.key === key) return loaded.engine;
  if (loaded) await close(loaded.engine);
  loaded = undefined;
  const engine = await load(folder, task);
  loaded = { key, engine };
  return engine;
}

async function load(folder: string, task: SceneModel['task']): Promise<SceneEngine> {
  const options = { device, threads };
  return task === 'detect'
    ? { task, detector: await loadDetector(folder, options), fingerprint: await modelFingerprint(folder) }
    : { task, classifier: await loadModel(folder, options) };
}

function close(engine: SceneEngine): Promise<void> {
  return engine.task === 'detect' ? engine.detector.close() : engine.classifier.close();
}
