import type { z } from 'zod';
import { prettifyError } from 'zod';
import { UserError } from '../../base/errors.js';

/** @throws UserError when what was chosen is no valid configuration, naming each setting that is not */
export function checkedConfig<Config>(schema: z.ZodType<Config>, value: unknown): Config {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UserError(
    `No configuration could be made for these data. Write one by hand (docs/training.md).\n${prettifyError(parsed.error)}`,
  );
}
