import { z } from 'zod';
import { UserError } from '../base/errors.js';

/** What classifying and detecting in a page have in common. */
export interface PassOptions {
  /** Larger images are run in tiles of at most this many pixels. Default 2^21. */
  readonly pixelsPerPass?: number;
  /** Stops the work at the next tile. */
  readonly signal?: AbortSignal;
  /** Told after each tile. */
  readonly onTile?: (done: number, total: number) => void;
}

/** A page's device binds buffers of 128 MiB at least: room for the widest tensors of so many pixels. */
export const defaultPixelsPerPass = 2 ** 21;

const schema = z.object({
  topK: z.int().positive().optional(),
  threshold: z.number().min(0).max(1).optional(),
  pixelsPerPass: z.number().positive().optional(),
});

/** @throws UserError naming the call and the option that is wrong */
export function checkPassOptions<Options extends object>(call: string, options: Options): Options {
  const parsed = schema.safeParse(options);
  if (!parsed.success) throw new UserError(`${call}: wrong option: ${z.prettifyError(parsed.error)}`);
  return options;
}
