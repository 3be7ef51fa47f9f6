import { contenders } from './contenders.js';
import { ENGINES } from './network.js';
import { type ScalingRow, scalingRow } from './scaling-row.js';

/** Sides in pixels of the images measured. */
export const SIDES = [224, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192] as const;

/** Engines that compute step by step are measured on these alone: the full contest is ONNX Runtime's. */
const EAGER_CONTENDERS: readonly string[] = ['vil', 'vit'];

/** Every cell of the scaling table, sizes ascending within a model and engine. */
export const scalingRows: readonly ScalingRow[] = ENGINES.flatMap((engine) =>
  contenders
    .filter(({ id }) => engine === 'onnx' || EAGER_CONTENDERS.includes(id))
    .flatMap((contender) => SIDES.map((side) => scalingRow({ contender, engine, side }))),
);
