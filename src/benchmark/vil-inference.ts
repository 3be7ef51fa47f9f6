import { namedConfiguration } from '../../models/configurations.js';
import { describeModel } from '../../models/describe.js';
import { initialWeights } from '../../models/initialise.js';
import { createModel } from '../../models/model-config.js';
import { TracedModel } from '../runtime/traced-model.js';
import { matMulProbe, PROBE_FLOPS } from './matmul-probe.js';
import type { BenchmarkRow, Figures, MeasureOptions } from './row.js';
import { interleave, median } from './timing.js';

/** The size that larger images' time per pixel is compared with. */
const BASE_SIDE = 1024;

/**
 * A forward pass over one square image in ONNX Runtime, against the time its operations would take at the
 * rate of a plain matrix product, and against the time per pixel at 1024 x 1024.
 */
export function vilInference(name: string, configuration: string, side: number): BenchmarkRow {
  return {
    name,
    description: `${configuration}, ${side} x ${side}, ONNX Runtime on the CPU`,
    measure: (options) => measure(configuration, side, options),
    summarise,
  };
}

async function measure(configuration: string, side: number, { threads }: MeasureOptions): Promise<Figures> {
  const config = namedConfiguration(configuration, { imageSize: [BASE_SIDE, BASE_SIDE] });
  const model = createModel(config);
  const traced = await TracedModel.open(model, initialWeights(model, 1), {
    threads,
    cachePixels: side ** 2 + BASE_SIDE ** 2,
  });
  const isLarger = side > BASE_SIDE;
  const seconds = await interleave(roundsFor(side), {
    matMul: await matMulProbe(threads),
    image: imageRun(traced, side),
    base: isLarger ? imageRun(traced, BASE_SIDE) : async () => undefined,
  });
  await traced.close();
  const flops = 2 * describeModel(config, [side, side]).macs;
  const rate = PROBE_FLOPS / median(seconds.matMul);
  const perImage = median(seconds.image);
  return {
    seconds: perImage,
    flops,
    matMulGflops: rate / 1e9,
    timesMatMulBound: perImage / (flops / rate),
    ...(isLarger && { timePerPixelTo1024: (perImage / median(seconds.base)) * (BASE_SIDE / side) ** 2 }),
    threads,
  };
}

/** Fewer rounds of what takes long, but at least three, for a median. */
function roundsFor(side: number): number {
  return Math.max(3, Math.round(9 * (BASE_SIDE / side)));
}

function imageRun(traced: TracedModel, side: number): () => Promise<unknown> {
  const image = Float32Array.from({ length: 3 * side * side }, (_, index) => Math.sin(index));
  return () => traced.run({ image, batch: 1, height: side, width: side });
}

function summarise(figures: Figures): string {
  const { seconds, timesMatMulBound, timePerPixelTo1024, matMulGflops } = figures;
  const scaling = timePerPixelTo1024 ? `, ${timePerPixelTo1024.toFixed(2)} x the time per pixel at 1024` : '';
  return (
    `${seconds!.toFixed(3)} s, ${timesMatMulBound!.toFixed(2)} x the matrix product bound ` +
    `(${matMulGflops!.toFixed(0)} GFLOP/s)${scaling}`
  );
}
