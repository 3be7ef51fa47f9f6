import { describe, expect, it } from 'vitest';
import { experimentNames, readExperiment } from '../../../bench/experiments/experiment.js';
import { inputSizeOf, stageConfig, stageFolder } from '../../../bench/experiments/stage-run.js';

describe('the experiments of configs/experiments', () => {
  it('can all be read, and their stages are training runs', async () => {
    const names = await experimentNames();
    expect(names).toContain('megapixel-vil');
    for (const name of names) {
      const experiment = await readExperiment(name);
      for (const stage of experiment.stages.keys()) {
        const side = inputSizeOf(experiment, experiment.stages[stage]!.data.canvas);
        const config = stageConfig(experiment, stage, 1, { from: 'a', out: 'b', threads: 1 });
        expect(config.imageSize).toEqual([side, side]);
        expect(config.weights).toBe(stage === 0 ? 'random' : 'pretrained');
      }
    }
  });

  it('are refused when there is none of that name', async () => {
    await expect(readExperiment('nothing')).rejects.toThrow(/megapixel-vil/);
  });
});

describe('stageFolder', () => {
  it('is shared by experiments with the same beginning, and no others', async () => {
    const short = await readExperiment('megapixel-vil');
    const long = await readExperiment('megapixel-long-vil');
    const shrunk = await readExperiment('megapixel-vit-224');
    expect(stageFolder(short, 2, 1, 'out')).toBe(stageFolder(long, 2, 1, 'out'));
    expect(stageFolder(short, 3, 1, 'out')).not.toBe(stageFolder(long, 3, 1, 'out'));
    expect(stageFolder(short, 2, 2, 'out')).not.toBe(stageFolder(short, 2, 1, 'out'));
    expect(stageFolder(shrunk, 2, 1, 'out')).not.toBe(stageFolder(short, 2, 1, 'out'));
  });

  it('is shared by a model with a view and one without until the view shrinks an image', async () => {
    const whole = await readExperiment('megapixel-long-vit-full');
    const shrunk = await readExperiment('megapixel-long-vit-384');
    const shared = whole.stages.map(
      (_, stage) => stageFolder(whole, stage, 1, 'out') === stageFolder(shrunk, stage, 1, 'out'),
    );
    expect(whole.stages.map(({ data }) => data.canvas)).toEqual([32, 48, 112, 112, 384, 1024]);
    expect(shared).toEqual([true, true, true, true, true, false]);
  });
});

describe('inputSizeOf', () => {
  it('shrinks what is larger than the view and leaves the rest', async () => {
    const shrunk = await readExperiment('megapixel-vit-224');
    expect([32, 224, 384].map((canvas) => inputSizeOf(shrunk, canvas))).toEqual([32, 224, 224]);
    const whole = await readExperiment('megapixel-vil');
    expect(inputSizeOf(whole, 1024)).toBe(1024);
  });
});
