import sharp from 'sharp';
import { describeModel } from '../../../models/describe.js';
import { initialWeights } from '../../../models/initialise.js';
import { createModel, type ModelConfig } from '../../../models/model-config.js';
import type { RgbImage } from '../../image/decode.js';
import { toModelInput } from '../../image/model-input.js';
import { matMulProbe, PROBE_FLOPS } from '../matmul-probe.js';
import type { BenchmarkRow, Figures, MeasureOptions } from '../row.js';
import { median, timed } from '../timing.js';
import type { Contender } from './contenders.js';
import type { EngineName, Network } from './network.js';
import { openNetwork } from './network.js';
import { peakMemory, resetPeak, residentMemory } from './resident-memory.js';

/** A model, what computes it, and the side in pixels of a square image. */
export interface Cell {
  readonly contender: Contender;
  readonly engine: EngineName;
  readonly side: number;
}

/** A row of the scaling table. */
export interface ScalingRow extends BenchmarkRow {
  readonly cell: Cell;
}

/**
 * glibc keeps what loading the model has freed and hands it to the first run, whose memory would look smaller
 * than it is. With a fixed threshold large blocks go back to the system at once (mallopt(3)).
 */
const ALLOCATOR = { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };
const NORMALISATION = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
/** Seed of the weights; what they are does not change what a run costs. */
export const WEIGHTS_SEED = 1;

/**
 * Latency and memory of one image: from its decoded pixels (shrunk where the contender does that, normalised)
 * to the class scores.
 */
export function scalingRow(cell: Cell): ScalingRow {
  const { contender, engine, side } = cell;
  return {
    name: `${contender.id}-${engine}-${side}`,
    description: `${contender.label}, ${side} x ${side}, ${engine}`,
    environment: ALLOCATOR,
    cell,
    measure: (options) => measure(cell, options),
    summarise,
  };
}

/** What is known of a cell without running it: operations, tokens and parameters. */
export function costOf({ contender, side }: Cell): Figures {
  const inputSide = contender.inputSide(side);
  const { macs, globalMacs, parameters, stages } = describeModel(contender.config(inputSide), [
    inputSide,
    inputSide,
  ]);
  const tokens = stages.reduce((sum, { grid, globals }) => sum + grid[0] * grid[1] + globals, 0);
  return { pixels: side ** 2, flops: 2 * (macs + globalMacs), tokens, parameters };
}

async function measure(cell: Cell, { threads, memoryOnly }: MeasureOptions): Promise<Figures> {
  const { contender, engine, side } = cell;
  const inputSide = contender.inputSide(side);
  const config: ModelConfig = contender.config(inputSide);
  const model = createModel(config);
  const weights = initialWeights(model, WEIGHTS_SEED);
  const image = syntheticImage(side);
  const network = await openNetwork(engine, model, weights, { side: inputSide, threads });
  const prepare = () => prepareInput(image, inputSide);
  const first = await firstRun(network, await prepare());
  const cost = costOf(cell);
  const timing =
    !memoryOnly &&
    speedOf(await timeRounds(network, prepare, await matMulProbe(threads), first.seconds), cost);
  await network.close();
  return { ...cost, ...timing, ...first.memory, threads };
}

function speedOf({ total, prepare, matMul }: Times, { pixels, flops }: Figures): Figures {
  const seconds = median(total);
  const rate = PROBE_FLOPS / median(matMul);
  return {
    seconds,
    fastestSeconds: Math.min(...total),
    slowestSeconds: Math.max(...total),
    rounds: total.length,
    imagesPerSecond: 1 / seconds,
    megapixelsPerSecond: pixels! / 1e6 / seconds,
    prepareSeconds: median(prepare),
    matMulGflops: rate / 1e9,
    timesMatMulBound: seconds / (flops! / rate),
  };
}

/** The memory is that of the first run, since later runs reuse what it allocated. */
async function firstRun(
  network: Network,
  input: Float32Array,
): Promise<{ seconds: number; memory: Figures }> {
  const peakBefore = peakMemory();
  const held = residentMemory();
  const onDevice = network.deviceBytes?.();
  const isReset = resetPeak();
  const seconds = await timed(() => network.run(input));
  const peak = peakMemory();
  const activations =
    onDevice === undefined
      ? (isReset || peak > peakBefore) && peak - held
      : network.deviceBytes!() - onDevice;
  return {
    seconds,
    memory: {
      ...(activations !== false && { activationBytes: Math.max(0, activations) }),
      peakRssBytes: Math.max(peakBefore, peak),
    },
  };
}

interface Times {
  readonly prepare: number[];
  readonly total: number[];
  readonly matMul: number[];
}

/** Runs in turns with the yardstick, so that both see the same machine. */
async function timeRounds(
  network: Network,
  prepare: () => Promise<Float32Array>,
  probe: () => Promise<void>,
  firstSeconds: number,
): Promise<Times> {
  const times: Times = { prepare: [], total: [], matMul: [] };
  await probe();
  for (let round = 0; round < roundsFor(firstSeconds); round++) {
    times.matMul.push(await timed(probe));
    let input: Float32Array | undefined;
    const preparation = await timed(async () => {
      input = await prepare();
    });
    times.prepare.push(preparation);
    times.total.push(preparation + (await timed(() => network.run(input!))));
  }
  return times;
}

/**
 * Three to nine runs, about six seconds in all; a single one where it takes more than a quarter of a minute.
 */
function roundsFor(seconds: number): number {
  return seconds > 15 ? 1 : Math.min(9, Math.max(3, Math.round(6 / seconds)));
}

async function prepareInput(image: RgbImage, inputSide: number): Promise<Float32Array> {
  const { data } = await toModelInput(await shrink(image, inputSide), 1, NORMALISATION);
  return data;
}

async function shrink(image: RgbImage, side: number): Promise<RgbImage> {
  if (image.width === side) return image;
  const { width, height } = image;
  const data = await sharp(image.data, { raw: { width, height, channels: 3 } })
    .resize(side, side, { fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer();
  return { data, width: side, height: side };
}

/** Any image does: time and memory depend on its size alone. */
function syntheticImage(side: number): RgbImage {
  const data = new Uint8Array(3 * side * side);
  // A multiplicative hash of the index.
  for (let index = 0; index < data.length; index++) data[index] = Math.imul(index, 2654435761) >>> 24;
  return { data, width: side, height: side };
}

function summarise({ seconds, megapixelsPerSecond, activationBytes }: Figures): string {
  const parts = [
    seconds !== undefined && `${seconds.toFixed(3)} s, ${megapixelsPerSecond!.toFixed(2)} megapixels/s`,
    activationBytes !== undefined && `activations ${(activationBytes / 2 ** 20).toFixed(0)} MiB`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}
