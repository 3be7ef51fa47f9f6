import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Identifies what a model folder computes: its configuration and all its weights. */
export async function modelFingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of ['config.json', 'model.safetensors']) {
    await pipeline(createReadStream(join(folder, name)), hash, { end: false });
  }
  return hash.digest('hex');
}
