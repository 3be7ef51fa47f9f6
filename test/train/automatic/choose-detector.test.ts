import { describe, expect, it } from 'vitest';
import { detectorConfigSchema } from '../../../models/detector-config.js';
import type { ModelDescription } from '../../../src/checkpoint/model-description.js';
import { readDescription, readModelFolder } from '../../../src/checkpoint/model-folder.js';
import { resolveModel } from '../../../src/checkpoint/resolve-model.js';
import { chooseDetector } from '../../../src/train/automatic/choose-detector.js';
import type { DetectionFacts } from '../../../src/train/automatic/detection-facts.js';
import { detectionConfigSchema } from '../../../src/train/detection/config.js';
import { startDetector } from '../../../src/train/detection/start-detector.js';

function facts(low: number, high: number, rest: Partial<DetectionFacts> = {}): DetectionFacts {
  const longer = { low, middle: (low + high) / 2, high };
  const imageSides = { low: 2000, middle: 2560, high: 2560 };
  return { images: 20, objects: 500, longer, imageSides, turned: 0, sides: [low, high], ...rest };
}

async function from(name: string): Promise<ModelDescription & { name: string }> {
  return { name, ...(await readDescription(resolveModel(name))) };
}

describe('chooseDetector', () => {
  it.each([
    [9, 34, 4, [2, 4, 8], 128],
    [20, 70, 8, [4, 8, 16], 256],
    [59, 165, 32, [16, 32, 64], 1024],
  ])('of objects of %i to %i pixels takes patches of %i', async (low, high, patch, strides, side) => {
    const { settings, choices } = chooseDetector(facts(low, high), await from('aerial-vehicles'));
    expect(settings.head?.strides).toEqual(strides);
    expect(settings.imageSize).toEqual([side, side]);
    expect(JSON.stringify(settings.backbone)).toContain(`p${patch},`);
    expect(choices.find(({ setting }) => setting === 'patch')?.value).toBe(`${patch} pixels`);
  });

  it('sees small images whole', async () => {
    const imageSides = { low: 300, middle: 300, high: 300 };
    const { settings } = chooseDetector(facts(40, 90, { imageSides }), await from('aerial-vehicles'));
    expect(settings).toMatchObject({ imageSize: [320, 320], window: 320, overlap: 0 });
  });

  it('learns angles where labels have them', async () => {
    const start = await from('aerial-vehicles');
    expect(chooseDetector(facts(20, 70, { turned: 0.9 }), start).settings.head?.oriented).toBe(true);
    expect(chooseDetector(facts(20, 70, { turned: 0.01 }), start).settings.head?.oriented).toBe(false);
  });

  it('makes what a run can start from, of detectors and classifiers', async () => {
    for (const name of ['aerial-vehicles', 'aircraft', 'land-use']) {
      const { settings } = chooseDetector(facts(59, 165, { turned: 1 }), await from(name));
      const config = detectionConfigSchema.parse({
        ...{ task: 'detection', data: { labels: 'x' }, model: name, out: 'y', epochs: 1 },
        ...{ optimiser: { learningRate: 1e-3 }, ...settings },
      });
      const { weights, config: model } = startDetector(
        await readModelFolder(resolveModel(name)),
        ['a'],
        config,
      );
      expect(detectorConfigSchema.parse(model).head.oriented).toBe(true);
      expect(weights['predict.boxes.weight']?.shape).toEqual([5, 64]);
    }
  });

  it('refuses models that it cannot resize', async () => {
    const start = await from('megapixel-mnist');
    expect(() => chooseDetector(facts(59, 165), start)).toThrow(/megapixel-mnist.*--from/s);
  });
});
