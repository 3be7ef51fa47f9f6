import sharp from 'sharp';
import { UserError } from '../../base/errors.js';
import { unlessAborted } from '../../base/unless-aborted.js';
import { drawAttention } from '../../classify/attention-overlay.js';
import type { ClassifyOptions, ImageClassifier } from '../../classify/classifier.js';
import { loadModel } from '../../detect/load.js';
import { sentinel2Images } from '../../image/formats/sentinel2.js';
import { checkReadable } from '../../image/source.js';
import type { ImageFile } from '../image-files.js';
import { imageFiles } from '../image-files.js';
import { endAsInterrupted, stopOnInterrupt } from '../interrupt.js';
import { overlayPaths, writeOverlay } from '../overlay-files.js';
import { ProgressLine, paceText } from '../progress-line.js';
import type { ClassifyFlags } from './flags.js';
import type { FileResult } from './report.js';
import { fullReport, jsonReport, lineReport } from './report.js';

/** Classifies the files one after the other and prints each result as soon as it is there. */
export async function classify(paths: string[], flags: ClassifyFlags): Promise<void> {
  const files = await Promise.all((await imageFiles(paths)).map(trueColours));
  const unreadable = await reportUnreadable(files, new Set(paths), flags);
  const overlays = flags.attention === undefined ? [] : overlayPaths(flags.attention, files);
  if (unreadable.size === files.length) return;
  // Every file is opened once: there is nothing to remember.
  sharp.cache(false);
  const stop = stopOnInterrupt();
  const model = await loadModel(flags.model, flags);
  try {
    await classifyAll(model, { files, overlays, unreadable }, flags, stop);
  } finally {
    if (stop.aborted) endAsInterrupted();
    await model.close();
  }
}

/** A Sentinel-2 product is classified by its true-colour image. */
async function trueColours(file: ImageFile): Promise<ImageFile> {
  const images = await sentinel2Images(file.path);
  if (!images) return file;
  const [image, ...others] = images as [string, ...string[]];
  if (others.length === 0) return { ...file, path: image };
  throw new UserError(
    `${file.path} has no true-colour image (TCI), only bands. Make one, e.g. gdalbuildvrt -separate rgb.vrt ${images.join(' ')}.`,
  );
}

interface Work {
  readonly files: readonly ImageFile[];
  /** A path each; empty where no attention is drawn. */
  readonly overlays: readonly string[];
  /** Those already reported. */
  readonly unreadable: ReadonlySet<ImageFile>;
}

/**
 * Reports the files that were named and cannot be read, before time goes into the others.
 * @param named what the command line names: what folders hold exists
 */
async function reportUnreadable(
  files: readonly ImageFile[],
  named: ReadonlySet<string>,
  flags: ClassifyFlags,
): Promise<ReadonlySet<ImageFile>> {
  const unreadable = new Set<ImageFile>();
  for (const file of files.filter(({ path }) => named.has(path))) {
    try {
      await checkReadable(file.path);
    } catch (error) {
      reportFailure(file, error, flags);
      unreadable.add(file);
    }
  }
  return unreadable;
}

async function classifyAll(
  model: ImageClassifier,
  { files, overlays, unreadable }: Work,
  flags: ClassifyFlags,
  stop: AbortSignal,
): Promise<void> {
  const report = flags.json ? jsonReport : files.length === 1 ? fullReport : lineReport;
  const progress = new ProgressLine();
  const started = performance.now();
  for (const [index, file] of files.entries()) {
    if (unreadable.has(file)) continue;
    const pace = paceText(index, files.length, 'file', (performance.now() - started) / 1000);
    progress.show(pace);
    const onTile = (done: number, total: number) => progress.show(`${pace}; tile ${done} of ${total}`);
    try {
      const result = await unlessAborted(
        classifyFile(model, file, overlays[index], { ...flags, onTile, signal: stop }),
        stop,
      );
      progress.clear();
      for (const note of result.result.notes ?? []) process.stderr.write(`${file.path}: ${note}\n`);
      process.stdout.write(`${report(result)}\n`);
    } catch (error) {
      progress.clear();
      if (stop.aborted) return reportStop(index, files.length);
      reportFailure(file, error, flags);
    }
  }
}

async function classifyFile(
  model: ImageClassifier,
  file: ImageFile,
  overlay: string | undefined,
  options: Omit<ClassifyOptions, 'attention'>,
): Promise<FileResult> {
  const result = await model.classify(file.path, { ...options, attention: overlay !== undefined });
  if (overlay === undefined) return { file, result };
  if (!result.attention) {
    throw new UserError(`The model ${model.name} has no global token, so there is no attention to draw.`);
  }
  await writeOverlay(overlay, await drawAttention(file.path, result.attention));
  return { file, result, overlay };
}

/** A bad file does not keep the others from being classified; anything else that fails is a fault of the program. */
function reportFailure(file: ImageFile, error: unknown, { json }: ClassifyFlags): void {
  if (!(error instanceof UserError)) throw error;
  process.exitCode = 1;
  if (json) process.stdout.write(`${JSON.stringify({ file: file.path, error: error.message })}\n`);
  process.stderr.write(`error: ${error.message}\n`);
}

function reportStop(done: number, total: number): void {
  process.stderr.write(`Stopped after ${done} of ${total} files.\n`);
}
