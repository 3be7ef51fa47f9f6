import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../base/errors.js';
import { replaceFile } from '../base/replace-file.js';
import { readSafetensors, toFloat32, writeSafetensors } from '../checkpoint/safetensors.js';
import type { NamedArrays } from '../tensor/named-arrays.js';
import type { OptimiserState } from './engines/engine.js';

const progressSchema = z.object({
  /** Optimiser steps done; with the seed it determines every later draw and the data order. */
  step: z.number().int().min(0),
  /** Epochs whose validation is done. */
  validated: z.number().int().min(0),
  best: z
    .object({
      measure: z.string(),
      score: z.number(),
      loss: z.number(),
      epoch: z.number().int(),
      operatingPoint: z
        .object({ threshold: z.number(), precision: z.number(), recall: z.number(), f1: z.number() })
        .optional(),
    })
    .optional(),
  /** Seconds of training so far, over all interruptions. */
  seconds: z.number().min(0),
});

/** How far a run is. */
export type Progress = z.infer<typeof progressSchema>;

export const startOfRun: Progress = { step: 0, validated: 0, seconds: 0 };

const groups = ['weight', 'first', 'second', 'average'] as const;

/** Where a run folder keeps its checkpoint. */
export function checkpointPath(folder: string): string {
  return join(folder, 'checkpoint.safetensors');
}

// Settings that may change between two parts of one run without changing its result.
const harmless = [
  'out',
  'data',
  'model',
  'threads',
  'loaderThreads',
  'checkpointMinutes',
  'storage',
] as const;

/** Settings of a run, of any kind. */
type Settings = Readonly<object>;

/** Fingerprint of the settings that determine a run's result. */
export function configFingerprint(config: Settings): string {
  // Where data lies does not matter; what a generator draws does.
  const isHarmless = (key: string, value: unknown) =>
    harmless.some((name) => name === key) && !(key === 'data' && typeof value === 'object');
  const relevant = Object.entries(config).filter(([key, value]) => !isHarmless(key, value));
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(relevant)))
    .digest('hex');
}

/** Writes the state of a run, with a checksum; the old file stays whole until the new one is on the disk. */
export async function saveCheckpoint(
  folder: string,
  config: Settings,
  progress: Progress,
  state: OptimiserState,
): Promise<void> {
  const tensors = groups.flatMap((group) =>
    Object.entries(state[group] ?? {}).map(([name, { shape, data }]) => {
      return [`${group}/${name}`, { shape, data }] as const;
    }),
  );
  const metadata = { progress: JSON.stringify(progress), fingerprint: configFingerprint(config) };
  await replaceFile(checkpointPath(folder), (partial) =>
    writeSafetensors(partial, Object.fromEntries(tensors), { metadata, isSealed: true }),
  );
}

/**
 * Reads the state of an interrupted run; nothing when the folder has no checkpoint.
 * @throws UserError when the checkpoint is damaged or belongs to a run with other settings
 */
export async function loadCheckpoint(
  folder: string,
  config: Settings,
): Promise<{ progress: Progress; state: OptimiserState } | undefined> {
  const path = checkpointPath(folder);
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (!exists) return undefined;
  const { metadata, tensors } = await readSafetensors(path);
  if (metadata.fingerprint !== configFingerprint(config)) {
    throw new UserError(
      `${path} belongs to a run with other settings. Choose another folder with --out, or start over with --fresh.`,
    );
  }
  const stranger = Object.keys(tensors).find((name) => !groups.some((group) => name.startsWith(`${group}/`)));
  if (stranger !== undefined) throw new UserError(`${path} is damaged: it has the tensor "${stranger}".`);
  const arrays = Object.entries(toFloat32(tensors));
  const group = (name: string): NamedArrays => {
    const members = arrays.filter(([key]) => key.startsWith(`${name}/`));
    return Object.fromEntries(members.map(([key, value]) => [key.slice(name.length + 1), value]));
  };
  const average = group('average');
  const state = {
    weight: group('weight'),
    first: group('first'),
    second: group('second'),
    average: Object.keys(average).length > 0 ? average : undefined,
  };
  return { progress: parseProgress(metadata.progress, path), state };
}

function parseProgress(text: string | undefined, path: string): Progress {
  try {
    return progressSchema.parse(JSON.parse(text ?? '{}'));
  } catch (cause) {
    throw new UserError(`${path} is damaged: its header does not say how far the run was.`, { cause });
  }
}
