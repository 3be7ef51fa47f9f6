import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readModelFolder } from '../../src/checkpoint/model-folder.js';
import { readCheckpoint } from '../../src/checkpoint/read-checkpoint.js';
import type { NamedArrays } from '../../src/tensor/named-arrays.js';
import { checkpointPath, loadCheckpoint, saveCheckpoint } from '../../src/train/checkpoint.js';
import { writeTinyDetector, writeTinyModel } from '../../test/helpers/tiny-model.js';
import type { Span } from './damage.js';
import type { FuzzInput, FuzzTarget, OpenTarget } from './target.js';
import { all, digest } from './target.js';

const fixture = (name: string) =>
  readFile(fileURLToPath(new URL(`../../test/fixtures/checkpoints/${name}`, import.meta.url)));

function checkpoints(inputs: readonly FuzzInput[], path: string): FuzzTarget {
  return {
    inputs,
    async read(bytes) {
      await writeFile(path, bytes);
      const { weights, notes } = await readCheckpoint(path);
      return digest(
        notes,
        ...Object.entries(weights).flatMap(([name, { shape, data }]) => [name, shape, data]),
      );
    },
  };
}

export const openSafetensors: OpenTarget = async (folder) => {
  const names = ['vit-hugging-face.safetensors', 'vit-timm.safetensors'];
  const inputs = await Promise.all(names.map(async (name) => ({ name, bytes: await fixture(name) })));
  return checkpoints(inputs, join(folder, 'weights.safetensors'));
};

/** The records of a zip archive, which its directory has the checksums of. */
function records(archive: Buffer): Span[] {
  return [[0, archive.indexOf('PK\x01\x02', 0, 'latin1')]];
}

export const openPth: OpenTarget = async (folder) => {
  const zips = ['tensors.pth', 'longformer-relative.pth', 'malicious.pth', 'vit-hugging-face.bin'];
  const inputs = await Promise.all(
    zips.map(async (name) => {
      const bytes = await fixture(name);
      return { name, bytes, sealed: records(bytes), isRefused: name === 'malicious.pth' };
    }),
  );
  inputs.push({ name: 'legacy.pth', bytes: await fixture('legacy.pth'), sealed: [], isRefused: true });
  return checkpoints(inputs, join(folder, 'weights.pth'));
};

/** Files of model folders, one of them damaged at a time. */
export const openModelFolders: OpenTarget = async (folder) => {
  const inputs: FuzzInput[] = [];
  const files = ['config.json', 'labels.json', 'model.safetensors'] as const;
  const whole = new Map<string, Record<string, Buffer>>();
  for (const path of [await writeTinyModel('classifier'), await writeTinyDetector('detector')]) {
    const kind = path.split('/').at(-1)!;
    const read = await Promise.all(
      files.map(async (name) => [name, await readFile(join(path, name))] as const),
    );
    whole.set(kind, Object.fromEntries(read));
    for (const [name, bytes] of read) {
      const sealed = name === 'model.safetensors' ? all(bytes) : undefined;
      inputs.push({ name: `${kind}/${name}`, bytes, sealed });
    }
  }
  return {
    inputs,
    isText: true,
    async read(bytes, { name }) {
      const [kind, damaged] = name.split('/') as [string, string];
      const path = join(folder, kind);
      await mkdir(path, { recursive: true });
      const contents = { ...whole.get(kind)!, [damaged]: bytes };
      for (const [file, content] of Object.entries(contents)) await writeFile(join(path, file), content);
      const { weights, path: _path, ...description } = await readModelFolder(path);
      return digest(
        description,
        ...Object.entries(weights).flatMap(([key, { shape, data }]) => [key, shape, data]),
      );
    },
  };
};

/** The checkpoint of a run in training. */
export const openRunCheckpoints: OpenTarget = async (folder) => {
  const settings = { task: 'classification', epochs: 3 };
  const arrays = (value: number) => ({
    'head.weight': { shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, n) => n * value) },
    'head.bias': { shape: [3], data: new Float32Array(3).fill(value) },
  });
  const state = { weight: arrays(1), first: arrays(0.1), second: arrays(0.01), average: arrays(2) };
  const progress = {
    step: 12,
    validated: 1,
    seconds: 3.5,
    best: { measure: 'top1', score: 0.5, loss: 1, epoch: 1 },
  };
  const path = checkpointPath(folder);
  await mkdir(dirname(path), { recursive: true });
  await saveCheckpoint(folder, settings, progress, state);
  const bytes = await readFile(path);
  return {
    inputs: [{ name: 'checkpoint', bytes, sealed: all(bytes) }],
    async read(damaged) {
      await writeFile(path, damaged);
      const loaded = await loadCheckpoint(folder, settings);
      const groups = Object.entries<NamedArrays | undefined>({ ...loaded!.state }).flatMap(
        ([group, tensors]) =>
          Object.entries(tensors ?? {}).flatMap(([name, { shape, data }]) => [
            `${group}/${name}`,
            shape,
            data,
          ]),
      );
      return digest(loaded!.progress, ...groups);
    },
  };
};
