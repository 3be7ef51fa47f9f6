import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { modelFiles } from './model-description.js';

/** Identifies what a model folder computes: its configuration and all its weights, those of its first look too. */
export async function modelFingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const own = [modelFiles.config, modelFiles.weights];
  const parts = [folder, join(folder, modelFiles.firstLook)].filter((part) => existsSync(part));
  for (const name of parts.flatMap((part) => own.map((file) => join(part, file)))) {
    await pipeline(createReadStream(name), hash, { end: false });
  }
  return hash.digest('hex');
}
