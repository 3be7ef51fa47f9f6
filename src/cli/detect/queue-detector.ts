import { resolve } from 'node:path';
import { optionalPackage } from '../../base/optional-package.js';
import { modelFingerprint } from '../../checkpoint/model-fingerprint.js';
import { isModelFolder, readModelFolder } from '../../checkpoint/model-folder.js';
import { namedModels } from '../../checkpoint/named-models.js';
import { resolveModel } from '../../checkpoint/resolve-model.js';
import { detectorTraits } from '../../detect/detector-traits.js';
import { secretVariable } from '../../detect/queue/signature.js';
import { isRemote } from '../../image/raster/cloud-address.js';
import type { OpenedDetector } from './detect-scenes.js';
import type { DetectFlags } from './flags.js';

/**
 * A detector that runs in the workers of a queue.
 *
 * Workers take a model that comes with the package from theirs, any other from the same path.
 * @throws UserError when there is no such detector, no queue at the address, or what talks to it is not installed
 */
export async function connectQueue(
  address: string,
  { model, pixelLimit }: Pick<DetectFlags, 'model' | 'pixelLimit'>,
): Promise<OpenedDetector & { close(): Promise<void> }> {
  const { connectQueueServer } = await optionalPackage(
    'ioredis',
    'A queue',
    () => import('../../detect/queue/redis.js'),
    ['bullmq'],
  );
  const { QueueRunner } = await optionalPackage(
    'bullmq',
    'A queue',
    () => import('../../detect/queue/queue-runner.js'),
    ['ioredis'],
  );
  const server = await connectQueueServer(address);
  const folder = resolveModel(model);
  const detector = detectorTraits(await readModelFolder(folder));
  const fingerprint = await modelFingerprint(folder);
  const isNamed = namedModels().some((each) => each.name === model) && !isModelFolder(model);
  const name = isNamed ? model : folder;
  return {
    detector,
    fingerprint,
    runnerFor: ({ scene, state }, source, onNotice) =>
      new QueueRunner({
        secret: process.env[secretVariable] || undefined,
        server,
        scene: {
          name: scene.name,
          paths: scene.paths.map((path) => (isRemote(path) ? path : resolve(path))),
          fingerprint: source.fingerprint,
          pixelLimit,
        },
        model: { name, fingerprint },
        place: resolve(state),
        onNotice,
      }),
    close: () => server.close(),
  };
}
