/**
 * Measures how far a vision transformer agrees with itself once its attention is windowed.
 *
 *   npx tsx scripts/window-agreement.ts <vit checkpoint> <photographs...>
 *
 * Prints a Markdown table: for image sizes 224 to 1024 and several windows the agreement with dense attention at the same
 * size, and with the transformer as it was trained, at 224; the names given go to stderr. See docs/conversion.md.
 */
import type { ModelConfig } from '../models/model-config.js';
import { createModel } from '../models/model-config.js';
import type { ConversionOptions } from '../src/checkpoint/convert.js';
import { convertCheckpoint } from '../src/checkpoint/convert.js';
import { decodeRgb } from '../src/image/decode.js';
import { readHeader } from '../src/image/header.js';
import { toModelInput } from '../src/image/model-input.js';
import type { Preprocessing } from '../src/image/preprocessing.js';
import { TracedModel } from '../src/runtime/traced-model.js';

const sizes = [224, 448, 672, 1024];
const windows = [4, 7, 14];
/** Pixels a side of a token. */
const PATCH = 16;

type Logits = Float32Array;

/** How one set of predictions agrees with another, averaged over all photographs. */
interface Agreement {
  /** Share of photographs with the same first label. */
  readonly top1: number;
  /** Cosine of the angle between the logits. */
  readonly cosine: number;
  /** Kullback-Leibler divergence of the class probabilities from the reference's, in nats. */
  readonly divergence: number;
}

interface Predictions {
  /** One a photograph. */
  readonly logits: readonly Logits[];
  readonly labels: readonly string[];
}

/** The largest square in the middle of a photograph, as the model wants it. */
async function centreOf(
  photograph: string,
  size: number,
  preprocessing: Preprocessing,
): Promise<Float32Array> {
  const header = await readHeader(photograph);
  const side = Math.min(header.width, header.height);
  const box = {
    left: Math.floor((header.width - side) / 2),
    top: Math.floor((header.height - side) / 2),
    width: side,
    height: side,
  };
  const resize = { width: size, height: size, interpolation: preprocessing.interpolation };
  return (await toModelInput(await decodeRgb(photograph, { header, box, resize }), 1, preprocessing)).data;
}

/** Logits of every photograph. */
async function predict(
  checkpoint: string,
  photographs: readonly string[],
  size: number,
  options: ConversionOptions,
): Promise<Predictions> {
  const { model } = await convertCheckpoint(checkpoint, options);
  const traced = await TracedModel.open(createModel(model.config as ModelConfig), model.weights);
  const logits: Logits[] = [];
  for (const photograph of photographs) {
    const image = await centreOf(photograph, size, model.preprocessing);
    logits.push((await traced.run({ image, batch: 1, height: size, width: size })).logits);
  }
  await traced.close();
  return { logits, labels: model.labels };
}

function agreement(logits: readonly Logits[], reference: readonly Logits[]): Agreement {
  const mean = (measure: (a: Logits, b: Logits) => number) =>
    logits.reduce((sum, values, index) => sum + measure(values, reference[index]!), 0) / logits.length;
  return {
    top1: mean((a, b) => Number(best(a) === best(b))),
    cosine: mean((a, b) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))),
    divergence: mean((a, b) => {
      const [p, q] = [logProbabilities(b), logProbabilities(a)];
      return p.reduce((sum, value, index) => sum + Math.exp(value) * (value - q[index]!), 0);
    }),
  };
}

function best(logits: Logits): number {
  return logits.indexOf(Math.max(...logits));
}

function dot(a: Logits, b: Logits): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}

function logProbabilities(logits: Logits): Float64Array {
  const largest = Math.max(...logits);
  const normaliser = largest + Math.log(logits.reduce((sum, value) => sum + Math.exp(value - largest), 0));
  return Float64Array.from(logits, (value) => value - normaliser);
}

function row(size: number, window: number | undefined, same: Agreement, trained: Agreement): string {
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  const cells = [
    size,
    window ?? 'dense',
    percent(same.top1),
    same.cosine.toFixed(3),
    same.divergence.toFixed(3),
    percent(trained.top1),
    trained.cosine.toFixed(3),
  ];
  return `| ${cells.join(' | ')} |`;
}

async function main(checkpoint: string, photographs: readonly string[]): Promise<void> {
  const trained = await predict(checkpoint, photographs, 224, {});
  console.log('| size | window | top-1, dense | cosine, dense | KL, dense | top-1, 224 | cosine, 224 |');
  console.log('|---|---|---|---|---|---|---|');
  for (const size of sizes) {
    const dense = await predict(checkpoint, photographs, size, {});
    const report = (window: number | undefined, { logits, labels }: Predictions) => {
      console.log(row(size, window, agreement(logits, dense.logits), agreement(logits, trained.logits)));
      console.error(
        `${size}, ${window ?? 'dense'}: ${logits.map((values) => labels[best(values)]).join(', ')}`,
      );
    };
    report(undefined, dense);
    // With two chunks a side, every token sees all others: the result is the dense one.
    for (const window of windows.filter((side) => 2 * side * PATCH < size)) {
      report(window, await predict(checkpoint, photographs, size, { window }));
    }
  }
}

const [checkpoint, ...photographs] = process.argv.slice(2);
if (checkpoint && photographs.length > 0) await main(checkpoint, photographs);
else console.error('usage: npx tsx scripts/window-agreement.ts <vit checkpoint> <photographs...>');
