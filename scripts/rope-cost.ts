/**
 * Measures what rotary positions cost: processor time of a model folder with and without them, in turns.
 *
 *   npx tsx scripts/rope-cost.ts <model folder> <side in pixels> <turns>
 */
import { createModel } from '../models/model-config.js';
import { readModelFolder } from '../src/checkpoint/model-folder.js';
import { TracedModel } from '../src/runtime/traced-model.js';

const [path, side, turns] = process.argv.slice(2) as [string, string, string];
const size = Number(side);
const { config, weights } = await readModelFolder(path);
if (config.type !== 'vil' || !config.parts?.rope) throw new Error(`${path} has no rotary positions`);
const { rope: _rope, ...parts } = config.parts;
const models = {
  with: await TracedModel.open(createModel(config), weights),
  without: await TracedModel.open(createModel({ ...config, parts }), weights),
};
const image = Float32Array.from({ length: 3 * size * size }, (_, index) => Math.sin(index * 12.9898) * 1.5);
const seconds = { with: 0, without: 0 };
for (let turn = -1; turn < Number(turns); turn++) {
  for (const name of ['with', 'without'] as const) {
    const before = process.cpuUsage();
    await models[name].run({ image: image.slice(), batch: 1, height: size, width: size });
    const { user, system } = process.cpuUsage(before);
    // The first turn prepares both.
    if (turn >= 0) seconds[name] += (user + system) / 1e6;
  }
}
const more = 100 * (seconds.with / seconds.without - 1);
process.stdout.write(
  `${size} x ${size}: ${(seconds.with / Number(turns)).toFixed(2)} s of processor time with rotary positions, ` +
    `${(seconds.without / Number(turns)).toFixed(2)} s without: ${more.toFixed(1)} % more\n`,
);
for (const model of Object.values(models)) await model.close();
