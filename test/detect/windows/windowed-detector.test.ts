import { afterAll, describe, expect, it } from 'vitest';
import { detectorModel } from '../../../models/detector.js';
import type { DetectorConfig } from '../../../models/detector-config.js';
import { detectorConfigSchema } from '../../../models/detector-config.js';
import { initialDetectorWeights } from '../../../models/initialise-detector.js';
import { integer, randomStream } from '../../../src/base/random.js';
import type { CellOutputs } from '../../../src/detect/decode-detections.js';
import { traceDetector } from '../../../src/detect/trace-detector.js';
import { WindowedDetector } from '../../../src/detect/windows/windowed-detector.js';
import type { RgbImage } from '../../../src/image/decode.js';
import { GraphSessions } from '../../../src/runtime/graph-sessions.js';
import { graphTarget } from '../../../src/runtime/session/device.js';
import { shareWeights } from '../../../src/runtime/shared-weights.js';

/** Windows of 3 x 3 tokens of 8 pixels, positions that repeat after 4. */
const config: DetectorConfig = detectorConfigSchema.parse({
  type: 'detector',
  backbone: {
    type: 'vil',
    arch: 'l1,h2,d16,n2,s1,g1,p8,f3,a1',
    classes: 1,
    imageSize: [32, 32],
    positionTable: 'repeated',
    normEmbed: false,
  },
  head: { strides: [4, 8], channels: 8, convolutions: 2 },
  classes: 2,
});
const side = 24;
const model = detectorModel(config);
const weights = shareWeights(model, initialDetectorWeights(config, 3));
const normalisation = { mean: [0.5, 0.4, 0.3], std: [0.5, 0.6, 0.7] };
const options = { threads: 1 };
const windowed = new WindowedDetector(model, weights, normalisation, options);
const whole = new GraphSessions<undefined>('whole', weights, { entries: 8, size: 8 }, options);
afterAll(async () => {
  await windowed.close();
  await whole.close();
});

const [width, height] = [104, 80];
const random = randomStream(5);
const data = Uint8Array.from({ length: 3 * width * height }, () => integer(random, 256));
const image: RgbImage = { data, width, height };

/** All cells of an image, by the detector's own graph. */
async function wholeImage({ data, width, height }: RgbImage): Promise<CellOutputs> {
  const record = (locations: typeof weights.locations) => ({
    graph: traceDetector(model, locations, {
      ...{ batch: 1, height, width, normalisation, cells: Infinity },
      ...graphTarget('cpu', 1),
    }),
    details: undefined,
  });
  const run = await whole.use(`${width} x ${height}`, 1, record, (session) =>
    session.run({ pixels: { data, shape: [1, height, width, 3] } }),
  );
  return { boxes: run.boxes!.data, scores: run.scores!.data, classes: run.classes!.data };
}

function crop({ data, width }: RgbImage, columns: number, rows: number): RgbImage {
  const cut = new Uint8Array(3 * columns * rows);
  for (let y = 0; y < rows; y++)
    cut.set(data.subarray(3 * y * width, 3 * (y * width + columns)), 3 * y * columns);
  return { data: cut, width: columns, height: rows };
}

/** In an order that does not depend on rounding: by box. */
function sorted({ boxes, scores }: CellOutputs): number[][] {
  const rows = Array.from(scores, (score, cell) => [...boxes.subarray(4 * cell, 4 * cell + 4), score]);
  return rows.sort((a, b) => Math.round(a[0]! - b[0]!) || Math.round(a[1]! - b[1]!) || a[4]! - b[4]!);
}

function expectClose(found: CellOutputs, expected: CellOutputs): void {
  expect(found.scores.length).toBe(expected.scores.length);
  const largest = (values: Float32Array, others: Float32Array) =>
    Math.max(...values.map((value, at) => Math.abs(value - others[at]!)));
  expect(largest(found.scores, expected.scores)).toBeLessThan(1e-5);
  const [a, b] = [sorted(found).flat(), sorted(expected).flat()];
  expect(Math.max(...a.map((value, at) => Math.abs(value - b[at]!)))).toBeLessThan(0.01);
}

describe('WindowedDetector', () => {
  it('finds in all windows what the whole image shows, also where the last ones reach beyond it', async () => {
    const all = Int32Array.from({ length: 20 }, (_, window) => window);
    expect(windowed.gridOf(image)).toEqual({ rows: 4, columns: 5, side });
    const found = await windowed.detect(image, all, 0);
    const expected = await wholeImage(image);
    expectClose(found, expected);
    // The order of the list says nothing.
    expectClose(await windowed.detect(image, all.toReversed(), 0), expected);
  });

  it('sees what is not listed as what lies beyond an image: a window, and two side by side', async () => {
    for (const [columns, windows] of [
      [1, [0]],
      [2, [0, 1]],
    ] as const) {
      const found = await windowed.detect(image, Int32Array.from(windows), 0);
      expectClose(found, await wholeImage(crop(image, columns * side, side)));
    }
  });

  it('places boxes where their window lies, and leaves out cells with less than a score', async () => {
    const inside = (window: number) => {
      const [left, top] = [(window % 5) * side, Math.floor(window / 5) * side];
      return ([x1, y1, x2, y2]: number[]) => {
        const [x, y] = [(x1! + x2!) / 2 - left, (y1! + y2!) / 2 - top];
        return x > -side && x < 2 * side && y > -side && y < 2 * side;
      };
    };
    const found = await windowed.detect(image, Int32Array.of(13), 0);
    expect(sorted(found)).toHaveLength(45);
    expect(sorted(found).every(inside(13))).toBe(true);
    const least = found.scores[20]!;
    expect((await windowed.detect(image, Int32Array.of(13), least)).scores).toEqual(
      found.scores.slice(0, 21),
    );
  });

  it('refuses detectors whose windows are not all alike, and says why', () => {
    const cases: [object, RegExp][] = [
      [{ arch: 'l1,h2,d16,n1,s1,g1,p8,f3,a1_l2,h2,d16,n1,s1,g1,p2,f3,a1' }, /more than one stage/],
      [{ arch: 'l1,h2,d16,n1,s1,g1,p8,f3,a0' }, /relative position bias/],
      [{ arch: 'l1,h2,d16,n1,s1,g0,p8,f3,a1' }, /no global token/],
      [{ positionTable: 'full' }, /depend on the size/],
    ];
    for (const [backbone, message] of cases) {
      const other = detectorConfigSchema.parse({ ...config, backbone: { ...config.backbone, ...backbone } });
      expect(() => new WindowedDetector(detectorModel(other), weights, normalisation, {})).toThrow(message);
    }
  });
});
