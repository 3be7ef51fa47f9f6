import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../src/base/errors.js';
import { isDiskFull } from '../../src/base/file-errors.js';
import { modelFingerprint } from '../../src/checkpoint/model-fingerprint.js';
import { loadDetector, loadModel } from '../../src/detect/load.js';
import { comeAfterRequests, endFirst } from '../models/priority.js';
import { readSafeFormatsOnly } from '../safe-formats.js';
import type { JobEnd, JobOptions, JobReply, JobRequest, SceneModel } from './job-messages.js';
import type { LoadedModel } from './run-scene.js';
import { runScene } from './run-scene.js';
import { failureOf } from './scene-failure.js';

/*
 * The process that jobs run in, one after the other. What ends it, such as a fault in native code or a lack of memory,
 * costs no more than the tile it was at: the server lives on, and starts another. The model of the last job stays loaded.
 */

// The server alone ends it. A signal to the whole group is for the server, which may still be answering what it has.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
// Once the server has gone, however, nobody waits; and the next one takes the job up itself.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
readSafeFormatsOnly();

let cancelling = new AbortController();
let loaded: { readonly key: string; readonly model: LoadedModel } | undefined;
// Once all of the program is loaded.
comeAfterRequests();
endFirst(500);
process.on('message', (request: JobRequest) => {
  if (request.kind === 'cancel') cancelling.abort(new Error('The job was cancelled.'));
  else void run(request).then(tell);
});

function tell(reply: JobReply): void {
  process.send!(reply);
}

async function run({ folder, order, model, options }: Extract<JobRequest, { kind: 'run' }>): Promise<JobEnd> {
  cancelling = new AbortController();
  const { signal } = cancelling;
  const onProgress = ({ done, total }: { done: number; total: number }) => {
    tell({ kind: 'progress', done, total });
  };
  try {
    const loadedModel = await loadedModelOf(model, options);
    const { memoryBytes } = options;
    const tiles = await runScene(folder, order, { model: loadedModel, memoryBytes, signal, onProgress });
    return { kind: 'done', tiles };
  } catch (error) {
    if (signal.aborted) return { kind: 'cancelled' };
    if (isDiskFull(error)) return { kind: 'disk full' };
    if (error instanceof UserError) return { kind: 'refused', failure: failureOf(error, folder, order.name) };
    return {
      kind: 'broken',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

async function loadedModelOf({ folder, task }: SceneModel, options: JobOptions): Promise<LoadedModel> {
  // A model folder may have been replaced since.
  const { mtimeMs } = await stat(join(folder, 'model.safetensors'));
  const key = `${folder} ${mtimeMs}`;
  if (loaded?.key === key) return loaded.model;
  if (loaded) await close(loaded.model);
  loaded = undefined;
  const model = await load(folder, task, options);
  loaded = { key, model };
  return model;
}

async function load(
  folder: string,
  task: SceneModel['task'],
  { device, threads }: JobOptions,
): Promise<LoadedModel> {
  const options = { device, threads, spin: false };
  return task === 'detect'
    ? { task, detector: await loadDetector(folder, options), fingerprint: await modelFingerprint(folder) }
    : { task, classifier: await loadModel(folder, options) };
}

function close(model: LoadedModel): Promise<void> {
  return model.task === 'detect' ? model.detector.close() : model.classifier.close();
}
