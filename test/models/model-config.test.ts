import { describe, expect, it } from 'vitest';
import { configForFile, modelConfigSchema } from '../../models/model-config.js';
import type { VisionLongformerConfig } from '../../models/vil-config.js';

const vil = { type: 'vil', arch: 'l1,h1,d4,n1,s1,g1,p4,f2,a0', classes: 2, imageSize: [16, 16] };
const parse = (settings: object) =>
  modelConfigSchema.parse({ ...vil, ...settings }) as VisionLongformerConfig;

describe('exact and mode of a configuration', () => {
  it.each([
    [0, 'chunks'],
    [1, 'distance'],
    [-1, 'cyclic'],
  ])('exact %i is %s, and the number again in config.json', (number, name) => {
    const config = parse({ exact: number });
    expect(config.exact).toBe(name);
    expect(parse({ exact: name })).toEqual(config);
    expect(configForFile(config)).toMatchObject({ exact: number, mode: 0 });
  });

  it.each([
    [-1, 'own'],
    [0, 'all'],
    [1, 'top left'],
    [2, 'top'],
    [3, 'top right'],
    [4, 'left'],
    [5, 'right'],
    [6, 'bottom left'],
    [7, 'bottom'],
    [8, 'bottom right'],
  ])('mode %i is %s, and the number again in config.json', (number, name) => {
    const config = parse({ mode: number });
    expect(config.mode).toBe(name);
    expect(parse({ mode: name })).toEqual(config);
    expect(configForFile(config)).toMatchObject({ exact: 0, mode: number });
  });

  it("are numbers in a detector's backbone as well", () => {
    const head = { strides: [8] };
    const config = modelConfigSchema.parse({
      type: 'detector',
      backbone: { ...vil, exact: -1 },
      head,
      classes: 2,
    });
    expect(configForFile(config)).toMatchObject({ backbone: { exact: -1, mode: 0 }, classes: 2 });
  });

  it.each([
    [{ exact: 2 }, /must be -1, 0 or 1/],
    [{ exact: 'near' }, /must be -1, 0 or 1/],
    [{ mode: 9 }, /must be a whole number from -1 to 8/],
    [{ mode: 0.5 }, /must be a whole number from -1 to 8/],
    [{ exact: 1, mode: 3 }, /must be 0 when exact is 1/],
  ])('refuses %j', (settings, message) => {
    expect(() => parse(settings)).toThrow(message);
  });
});
