/**
 * Whether one pass over a batch of images is faster than a pass for each, by model, size and threads:
 * `npx tsx scripts/measure-batching.ts [model]`. Rounds take turns, so that other load on the machine hits all alike.
 */
import { createModel } from '../models/model-config.js';
import { readModelFolder } from '../src/checkpoint/model-folder.js';
import { resolveModel } from '../src/checkpoint/resolve-model.js';
import { encodeModel } from '../src/onnx/encode-model.js';
import { Session } from '../src/runtime/session/session.js';
import { shareWeights, WEIGHTS_FILE } from '../src/runtime/shared-weights.js';
import { traceInference } from '../src/runtime/trace-inference.js';

const batches = [1, 2, 4, 8];
const sides = [64, 224, 400];
const rounds = 7;

const folder = await readModelFolder(resolveModel(process.argv[2] ?? 'land-use'));
const model = createModel(folder.config);
const weights = shareWeights(model, folder.weights);

for (const side of sides) {
  const sessions = await Promise.all(
    batches.map(async (batch) => {
      const started = performance.now();
      const { graph } = traceInference(model, weights.locations, {
        batch,
        height: side,
        width: side,
        attention: false,
        hasLoops: true,
      });
      const encoded = encodeModel(graph);
      const tracing = performance.now() - started;
      const session = await Session.open({
        model: encoded,
        externalData: { [WEIGHTS_FILE]: weights.bytes },
      });
      return { batch, session, tracing };
    }),
  );
  const times = new Map(batches.map((batch) => [batch, [] as number[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const { batch, session } of sessions) {
      const data = new Float32Array(batch * 3 * side * side).fill(0.5);
      const started = performance.now();
      await session.run({ image: { data, shape: [batch, 3, side, side] } });
      if (round > 0) times.get(batch)!.push((performance.now() - started) / batch);
    }
  }
  for (const { batch, session, tracing } of sessions) {
    const sorted = times.get(batch)!.sort((a, b) => a - b);
    const median = sorted[rounds >> 1]!;
    const alone = times.get(1)!.toSorted((a, b) => a - b)[rounds >> 1]!;
    process.stdout.write(
      `${side} x ${side}, batch ${batch}: ${median.toFixed(2)} ms an image (${(alone / median).toFixed(2)} x), ` +
        `best ${sorted[0]!.toFixed(2)}; traced in ${tracing.toFixed(0)} ms\n`,
    );
    await session.close();
  }
}
