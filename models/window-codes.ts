import { z } from 'zod';
import type { ChunkMode, WindowRule } from '../kernels/window-rules.js';
import { CHUNK_MODES, NEIGHBOURS, WINDOW_RULES } from '../kernels/window-rules.js';

/** The numbers of the original's settings, as config.json and foreign files hold them. */
const EXACT: Readonly<Record<WindowRule, number>> = { chunks: 0, distance: 1, cyclic: -1 };

/** 0 all chunks, -1 the own one, 1 to 8 one neighbour. */
function modeCode(mode: ChunkMode): number {
  if (mode === 'all') return 0;
  return mode === 'own' ? -1 : NEIGHBOURS.indexOf(mode) + 1;
}

/** The original's number of `exact`, read as its name. */
export const exactCodeSchema = codeSchema(WINDOW_RULES, (rule) => EXACT[rule], 'must be -1, 0 or 1');
/** The original's number of `mode`, read as its name. */
export const modeCodeSchema = codeSchema(CHUNK_MODES, modeCode, 'must be a whole number from -1 to 8');

/** `exact` of a configuration, by number or by name. */
export const exactSchema = z.union([z.enum(WINDOW_RULES), exactCodeSchema], {
  error: `must be -1, 0 or 1, or one of ${WINDOW_RULES.join(', ')}`,
});
/** `mode` of a configuration, by number or by name. */
export const modeSchema = z.union([z.enum(CHUNK_MODES), modeCodeSchema], {
  error: `must be a whole number from -1 to 8, or one of ${CHUNK_MODES.join(', ')}`,
});

/** The numbers that stand for a configuration's `exact` and `mode` in config.json. */
export function windowCodes({ exact, mode }: { exact: WindowRule; mode: ChunkMode }): {
  exact: number;
  mode: number;
} {
  return { exact: EXACT[exact], mode: modeCode(mode) };
}

function codeSchema<Name extends string>(
  names: readonly Name[],
  codeOf: (name: Name) => number,
  message: string,
) {
  const byCode = new Map(names.map((name) => [codeOf(name), name]));
  return z.number().transform((code, context): Name => {
    const name = byCode.get(code);
    if (name !== undefined) return name;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}
