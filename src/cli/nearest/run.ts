import { z } from 'zod';
import { UserError } from '../../base/errors.js';
import { modelFingerprint } from '../../checkpoint/model-fingerprint.js';
import { resolveModel } from '../../checkpoint/resolve-model.js';
import { readSafetensors, toFloat32 } from '../../checkpoint/safetensors.js';
import { nearestVectors } from '../../classify/nearest.js';
import { loadModel } from '../../detect/load.js';
import type { NearestFlags } from './flags.js';

const namesSchema = z.array(z.string());

/** Prints the images that are most like one. */
export async function nearest(path: string, flags: NearestFlags): Promise<void> {
  const { among, by } = flags;
  const { tensors, metadata } = await readSafetensors(among);
  const names = parseNames(metadata?.images, among);
  const vectors = toFloat32(tensors)[by];
  if (!vectors || vectors.shape[0] !== names.length) {
    throw new UserError(
      `${among} has no ${by} of its images: write it with vil embed, or compare by others with --by.`,
    );
  }
  if (metadata?.model !== (await modelFingerprint(resolveModel(flags.model)))) {
    throw new UserError(
      `${among} was made with another model than ${flags.model}: their vectors cannot be compared.`,
    );
  }
  const model = await loadModel(flags.model, flags);
  try {
    const { features, classToken, mean } = await model.embed(path, flags);
    const query = { features, class_token: classToken, mean }[by]!;
    const found = nearestVectors(vectors.data, query, flags.top).map(({ index, similarity }) => ({
      image: names[index]!,
      similarity: Number(similarity.toFixed(6)),
    }));
    const lines = found.map(({ image, similarity }) => `${similarity.toFixed(3).padStart(6)}  ${image}`);
    process.stdout.write(`${flags.json ? JSON.stringify(found) : lines.join('\n')}\n`);
  } finally {
    await model.close();
  }
}

function parseNames(text: string | undefined, among: string): string[] {
  try {
    return namesSchema.parse(JSON.parse(text ?? ''));
  } catch {
    throw new UserError(`${among} has no names of images: it is not what vil embed writes.`);
  }
}
