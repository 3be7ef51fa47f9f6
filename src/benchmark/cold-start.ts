import { namedConfiguration } from '../../models/configurations.js';
import { createModel } from '../../models/model-config.js';
import { TracedModel } from '../runtime/traced-model.js';
import { elementCount, type NamedArrays } from '../tensor/named-arrays.js';
import type { BenchmarkRow, Figures, MeasureOptions } from './row.js';
import { timed } from './timing.js';

const SIDE = 224;

/** From a process that has not used the model to its first result: tracing, loading and one image. */
export const coldStart: BenchmarkRow = {
  name: 'cold-start',
  description: `vil_tiny, first image of ${SIDE} x ${SIDE}: opening, tracing and one run`,
  measure,
  summarise: ({ seconds, secondSeconds }) =>
    `${seconds!.toFixed(3)} s, the second image ${secondSeconds!.toFixed(3)} s`,
};

async function measure({ threads }: MeasureOptions): Promise<Figures> {
  const model = createModel(namedConfiguration('vil_tiny'));
  const weights: NamedArrays = Object.fromEntries(
    Object.entries(model.parameterShapes).map(([name, shape]) => [
      name,
      { shape, data: new Float32Array(elementCount(shape)).fill(0.02) },
    ]),
  );
  const image = Float32Array.from({ length: 3 * SIDE * SIDE }, (_, index) => Math.sin(index));
  let traced: TracedModel | undefined;
  const run = () => traced!.run({ image, batch: 1, height: SIDE, width: SIDE });
  const seconds = await timed(async () => {
    traced = await TracedModel.open(model, weights, { threads });
    await run();
  });
  const secondSeconds = await timed(run);
  await traced!.close();
  return { seconds, secondSeconds, threads };
}
