import { basename, join } from 'node:path';
import { UserError } from '../../base/errors.js';
import type { ModelFolder } from '../../checkpoint/model-folder.js';
import type { ExportSize } from '../export-model.js';
import { exportedModel, writeFiles } from '../export-model.js';
import { tritonConfigText } from './config-text.js';
import { tritonReadme } from './readme.js';

export interface TritonOptions extends ExportSize {
  /** Images that a pass takes at most. */
  readonly maxBatch: number;
}

/** Long enough for requests that come together to share a pass, short beside the pass. */
const queueMicroseconds = 5000;
const labelsFile = 'labels.txt';
const version = '1';

/**
 * Writes a model into a model repository of Triton Inference Server, which KServe serves too: `<out>/<name>/` with
 * config.pbtxt, labels.txt, a README, and `1/model.onnx` with its weights.
 *
 * @param out folder of the repository; other models in it stay
 * @returns the paths of all files
 * @throws UserError when the folder cannot be written, or the model's name is none for Triton
 */
export async function exportTriton(
  folder: ModelFolder,
  out: string,
  { maxBatch, ...size }: TritonOptions,
): Promise<string[]> {
  const name = basename(folder.path);
  if (!/^[\w.-]+$/.test(name)) {
    throw new UserError(`${name} is no name for a model in Triton: letters, digits, dots, _ and - only.`);
  }
  const { config, labels, preprocessing } = folder;
  const { graph, files } = await exportedModel(folder, size);
  const isDetector = config.type === 'detector';
  const text = tritonConfigText({
    name,
    graph,
    maxBatch,
    queueMicroseconds,
    labels: isDetector ? undefined : { output: 'logits', file: labelsFile },
    parameters: { labels: JSON.stringify(labels), preprocessing: JSON.stringify(preprocessing) },
  });
  const versionFiles = Object.entries(files).map(([file, bytes]) => [join(version, file), bytes] as const);
  return writeFiles(join(out, name), {
    'config.pbtxt': text,
    [labelsFile]: `${labels.join('\n')}\n`,
    'README.md': tritonReadme({ name, graph, preprocessing, isDetector }),
    ...Object.fromEntries(versionFiles),
  });
}
