import { ModelHost } from './model-host.js';
import type { ModelSettings } from './model-messages.js';
import type { ServedClassifier, ServedDetector, ServedModel } from './served-model.js';

/**
 * Loads a model into a process of its own; see `ModelHost`.
 * @param onBatch called with the number of images of each batch
 * @param signal ends the loading
 * @throws UserError as `loadModel` does; the signal's reason when it aborts
 */
export async function loadHosted(
  settings: ModelSettings,
  onBatch?: (images: number) => void,
  signal?: AbortSignal,
): Promise<ServedModel> {
  const host = await ModelHost.load(settings, signal);
  const { info } = host;
  const life = { warm: () => host.warm(), memory: () => host.memory(), close: () => host.close() };
  return info.task === 'classify'
    ? { ...life, info, classify: classifyIn(host, onBatch), embed: embedIn(host) }
    : { ...life, info, detect: detectIn(host) };
}

function classifyIn(
  host: ModelHost,
  onBatch: (images: number) => void = () => undefined,
): ServedClassifier['classify'] {
  return async (image, request, signal) => {
    const reply = await host.ask({ kind: 'classify', image, request }, signal);
    if (reply.kind !== 'classification') throw new Error(`a classification answered as ${reply.kind}`);
    for (const images of reply.batches) onBatch(images);
    return reply.answer;
  };
}

function embedIn(host: ModelHost): ServedClassifier['embed'] {
  return async (image, request, signal) => {
    const reply = await host.ask({ kind: 'embed', image, request }, signal);
    if (reply.kind !== 'embedding') throw new Error(`an embedding answered as ${reply.kind}`);
    return reply.answer;
  };
}

function detectIn(host: ModelHost): ServedDetector['detect'] {
  return async (image, request, signal) => {
    const reply = await host.ask({ kind: 'detect', image, request }, signal);
    if (reply.kind !== 'detection') throw new Error(`a detection answered as ${reply.kind}`);
    return reply.answer;
  };
}
