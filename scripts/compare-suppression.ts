/**
 * Times the suppression of duplicate boxes in TypeScript against ONNX Runtime’s NonMaxSuppression: one thread each, in
 * turns, in processor time, which other work on the machine changes little:
 * `npx tsx scripts/compare-suppression.ts [--rounds 7] [--chart docs/images/suppression-speed]`
 */
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { normal, randomStream, uniform } from '../src/base/random.js';
import { median } from '../src/benchmark/timing.js';
import type { Detections } from '../src/boxes/detections.js';
import { palette } from '../src/charts/palette.js';
import { writeChart } from '../src/charts/render.js';
import { suppress } from '../src/detect/nms.js';
import { encodeModel } from '../src/onnx/encode-model.js';
import type { OnnxGraph } from '../src/onnx/model.js';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, chart: { type: 'string' } },
});
const rounds = Number(values.rounds);
const iou = 0.5;
/** What a detector's cells say of an object: about so many boxes. */
const boxesPerObject = 9;

/** Boxes as the cells of a detector give them: heaps on objects of 20 to 60 pixels, spread over a scene. */
function cellBoxes(count: number): Detections {
  const random = randomStream(7, count);
  const objects = Math.ceil(count / boxesPerObject);
  const side = 150 * Math.sqrt(objects);
  const boxes = new Float32Array(4 * count);
  const scores = new Float32Array(count);
  for (let object = 0; object < objects; object++) {
    const [x, y, size] = [uniform(random, 0, side), uniform(random, 0, side), uniform(random, 20, 60)];
    for (let at = object * boxesPerObject; at < Math.min(count, (object + 1) * boxesPerObject); at++) {
      const shift = () => 0.15 * size * normal(random);
      boxes.set([x + shift(), y + shift(), x + size + shift(), y + size + shift()], 4 * at);
      scores[at] = random();
    }
  }
  return { count, boxes, scores, classes: new Int32Array(count) };
}

const float = (value: number) => new Uint8Array(Float32Array.of(value).buffer);

const suppression: OnnxGraph = {
  name: 'suppression',
  inputs: [
    { name: 'boxes', type: 'float32', shape: [1, 'boxes', 4] },
    { name: 'scores', type: 'float32', shape: [1, 1, 'boxes'] },
  ],
  outputs: [{ name: 'kept', type: 'int64', shape: ['kept', 3] }],
  initializers: [
    { name: 'most', type: 'int64', shape: [1], data: new Uint8Array(BigInt64Array.of(100_000n).buffer) },
    { name: 'iou', type: 'float32', shape: [1], data: float(iou) },
  ],
  nodes: [
    {
      op: 'NonMaxSuppression',
      domain: '',
      inputs: ['boxes', 'scores', 'most', 'iou'],
      outputs: ['kept'],
      attributes: {},
    },
  ],
};

const session = await InferenceSession.create(encodeModel(suppression), { intraOpNumThreads: 1 });

async function suppressInOnnx({ count, boxes, scores }: Detections): Promise<number> {
  const feeds = {
    boxes: new Tensor('float32', boxes, [1, count, 4]),
    scores: new Tensor('float32', scores, [1, 1, count]),
  };
  return (await session.run(feeds)).kept!.dims[0]!;
}

/** Milliseconds of processor time, of all threads of this process, that a run takes. */
async function processorTime(times: number, run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (let time = 0; time < times; time++) await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / times;
}

interface Row {
  readonly boxes: number;
  readonly kept: number;
  readonly method: 'TypeScript' | 'ONNX Runtime';
  readonly milliseconds: number;
}

const rows: Row[] = [];
for (const count of [100, 300, 1000, 4000, 10_000, 25_000]) {
  const detections = cellBoxes(count);
  const kept = suppress(detections, { iou }).count;
  const keptInOnnx = await suppressInOnnx(detections);
  if (kept !== keptInOnnx) throw new Error(`${kept} boxes kept in TypeScript, ${keptInOnnx} in ONNX Runtime`);
  const own: number[] = [];
  const op: number[] = [];
  // Enough runs at a time to be well above the clock's resolution.
  const times = Math.ceil(200_000 / count);
  for (let round = 0; round < rounds; round++) {
    own.push(await processorTime(times, async () => suppress(detections, { iou })));
    op.push(await processorTime(times, () => suppressInOnnx(detections)));
  }
  rows.push({ boxes: count, kept, method: 'TypeScript', milliseconds: median(own) });
  rows.push({ boxes: count, kept, method: 'ONNX Runtime', milliseconds: median(op) });
  const [typed, built] = [median(own), median(op)];
  process.stdout.write(
    `${count} boxes, ${kept} kept: TypeScript ${typed.toFixed(2)} ms, NonMaxSuppression ${built.toFixed(2)} ms, ` +
      `ratio ${(built / typed).toFixed(2)}\n`,
  );
}
await session.release();

if (values.chart) {
  const methods = ['TypeScript', 'ONNX Runtime'];
  await writeChart(dirname(values.chart), {
    name: basename(values.chart),
    spec: {
      width: 480,
      height: 280,
      title: 'Suppressing duplicate boxes',
      data: { values: rows },
      mark: { type: 'line', point: { size: 50, filled: true }, strokeWidth: 2 },
      encoding: {
        x: { field: 'boxes', type: 'quantitative', scale: { type: 'log' }, title: 'boxes' },
        y: {
          field: 'milliseconds',
          type: 'quantitative',
          scale: { type: 'log' },
          title: 'processor time (ms)',
        },
        color: {
          field: 'method',
          type: 'nominal',
          legend: { title: null },
          scale: { domain: methods, range: [palette.blue.light, palette.amber.light] },
        },
      },
    },
  });
}
