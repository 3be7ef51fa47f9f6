import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import sharp from 'sharp';
import { UserError } from '../../base/errors.js';
import { replaceFile } from '../../base/replace-file.js';
import { unlessAborted } from '../../base/unless-aborted.js';
import { modelFingerprint } from '../../checkpoint/model-fingerprint.js';
import { resolveModel } from '../../checkpoint/resolve-model.js';
import type { WritableTensor } from '../../checkpoint/safetensors.js';
import { writeSafetensors } from '../../checkpoint/safetensors.js';
import type { ImageClassifier } from '../../classify/classifier.js';
import { loadModel } from '../../detect/load.js';
import type { ImageFile } from '../image-files.js';
import { imageFiles } from '../image-files.js';
import { endAsInterrupted, stopOnInterrupt } from '../interrupt.js';
import { plural } from '../plural.js';
import { ProgressLine, paceText } from '../progress-line.js';
import type { EmbedFlags } from './flags.js';
import type { EmbeddedImage } from './journal.js';
import { EmbeddingJournal } from './journal.js';

/** Embeds the images that no earlier run has done, and writes all of them when none is left. */
export async function embed(paths: string[], flags: EmbedFlags): Promise<void> {
  const files = await imageFiles(paths);
  const { out, patches = false, fullResolution = false, pixelsPerPass } = flags;
  const model = await modelFingerprint(resolveModel(flags.model));
  await mkdir(dirname(out), { recursive: true });
  const settings = JSON.stringify({ model, patches, fullResolution, pixelsPerPass });
  const journal = new EmbeddingJournal(out, settings);
  const done = new Map((await journal.open()).map((image) => [image.name, image]));
  if (done.size > 0)
    process.stderr.write(`Going on after ${plural(done.size, 'image')} of an earlier run.\n`);
  const failed = await embedAll(files, done, journal, flags);
  if (failed === undefined) return;
  const images = files.flatMap(({ path }) => done.get(path) ?? []);
  if (images.length === 0) throw new UserError('None of the images could be read.');
  await write(out, images, { model, patches: String(patches) });
  await journal.remove();
  const left = failed === 0 ? '' : `; ${plural(failed, 'image')} could not be read`;
  process.stdout.write(
    `${out}: ${plural(images.length, 'image')}, ${images[0]!.features.length} features each${left}\n`,
  );
}

/** @returns how many could not be read; nothing when it was stopped */
async function embedAll(
  files: readonly ImageFile[],
  done: Map<string, EmbeddedImage>,
  journal: EmbeddingJournal,
  flags: EmbedFlags,
): Promise<number | undefined> {
  const missing = files.filter(({ path }) => !done.has(path));
  if (missing.length === 0) return 0;
  sharp.cache(false);
  const stop = stopOnInterrupt();
  const model = await loadModel(flags.model, flags);
  const progress = new ProgressLine();
  const started = performance.now();
  let failed = 0;
  try {
    for (const [index, file] of missing.entries()) {
      progress.show(paceText(index, missing.length, 'image', (performance.now() - started) / 1000));
      try {
        const image = await unlessAborted(embedOne(model, file, flags, stop), stop);
        await journal.add(image);
        done.set(file.path, image);
      } catch (error) {
        progress.clear();
        if (stop.aborted) {
          process.stderr.write(
            `Stopped after ${index} of ${missing.length} images; the same command goes on.\n`,
          );
          return undefined;
        }
        if (!(error instanceof UserError)) throw error;
        failed += 1;
        process.exitCode = 1;
        process.stderr.write(`error: ${error.message}\n`);
      }
    }
  } finally {
    progress.clear();
    if (stop.aborted) endAsInterrupted();
    await model.close();
  }
  return failed;
}

async function embedOne(
  model: ImageClassifier,
  { path }: ImageFile,
  flags: EmbedFlags,
  signal: AbortSignal,
): Promise<EmbeddedImage> {
  const { features, classToken, mean, patches } = await model.embed(path, { ...flags, signal });
  const { data, rows, columns, width } = patches;
  return {
    name: path,
    features,
    classToken,
    mean,
    ...(flags.patches && { patches: { data, rows, columns, width } }),
  };
}

async function write(
  out: string,
  images: readonly EmbeddedImage[],
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const together = (vectors: readonly Float32Array[]): WritableTensor => {
    const width = vectors[0]!.length;
    const data = new Float32Array(vectors.length * width);
    for (const [index, vector] of vectors.entries()) data.set(vector, index * width);
    return { shape: [vectors.length, width], data };
  };
  const classTokens = images.flatMap(({ classToken }) => classToken ?? []);
  const tensors: Record<string, WritableTensor> = {
    features: together(images.map(({ features }) => features)),
    mean: together(images.map(({ mean }) => mean)),
    ...(classTokens.length > 0 && { class_token: together(classTokens) }),
  };
  for (const [index, { patches }] of images.entries()) {
    if (!patches) continue;
    const { data, rows, columns, width } = patches;
    tensors[`patches.${index}`] = { shape: [rows, columns, width], data };
  }
  const names = JSON.stringify(images.map(({ name }) => name));
  await replaceFile(out, (partial) =>
    writeSafetensors(partial, tensors, { metadata: { ...metadata, images: names } }),
  );
}
