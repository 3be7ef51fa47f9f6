import { describe, expect, it } from 'vitest';
import { formatArchitecture, parseArchitecture } from '../../models/architecture.js';
import { namedConfiguration } from '../../models/configurations.js';
import { describeModel } from '../../models/describe.js';
import type { VisionLongformerConfig } from '../../models/vil-config.js';

/** Billions with as many digits as the published figure has. */
function billions(value: number, digits: number): number {
  return Number((value / 1e9).toFixed(digits));
}

describe('describeModel', () => {
  // Absolute positions, relative bias.
  it.each([
    ['vil_tiny', 6_707_080, 6_719_698],
    ['vil_small', 24_635_752, 24_657_328],
    ['vil_medium_deep', 39_721_192, 39_782_296],
    ['vil_medium_wide', 39_776_488, 39_801_208],
    ['vil_base_deep', 55_696_360, 55_801_384],
    ['vil_base_wide', 78_998_760, 79_041_948],
  ])('counts the parameters of %s', (name, absolute, relative) => {
    expect(describeModel(namedConfiguration(`${name}_ape`)).parameters).toBe(absolute);
    expect(describeModel(namedConfiguration(name)).parameters).toBe(relative);
  });

  it.each([
    ['vil_swin_tiny', 28_338_352, 5.33],
    ['vil_swin_small', 49_737_328, 9.85],
  ])('counts %s', (name, parameters, macs) => {
    const description = describeModel(namedConfiguration(name));
    expect(description.parameters).toBe(parameters);
    expect(billions(description.macs, 2)).toBe(macs);
  });

  it.each([
    ['vil_tiny', 224, 1.43, 2],
    ['vil_small', 224, 5.12, 2],
    ['vil_medium_deep', 224, 9.1, 1],
    ['vil_medium_wide', 224, 11.3, 1],
    ['vil_medium_deep', 384, 29.4, 1],
    ['vil_medium_wide', 384, 35.1, 1],
    ['vil_base_deep', 384, 45.3, 1],
    ['vil_base_wide', 384, 55.8, 1],
    ['vil_tiny_sparse', 512, 8.4, 1],
    ['vil_tiny', 512, 10.4, 1],
    ['vil_tiny_sparse', 1024, 33.6, 1],
    ['vil_tiny', 1024, 85.8, 1],
  ])('counts the operations of %s at %i as published', (name, size, macs, digits) => {
    expect(billions(describeModel(namedConfiguration(name), [size, size]).macs, digits)).toBe(macs);
  });

  it.each([
    [224, 6.95, 'vil_small', 2],
    [512, 38.4, 'vil_tiny', 1],
    [1024, 545.5, 'vil_tiny', 1],
  ])('counts full attention in all stages at %i: %fG', (size, macs, name, digits) => {
    const config = namedConfiguration(name) as VisionLongformerConfig;
    const stages = parseArchitecture(config.arch).map((stage) => ({ ...stage, isSparse: false }));
    const full = { ...config, arch: formatArchitecture(stages) };
    expect(billions(describeModel(full, [size, size]).macs, digits)).toBe(macs);
  });

  it('adds up over stages and head', () => {
    const { stages, head, parameters, macs } = describeModel(namedConfiguration('vil_tiny'), [96, 224]);
    expect(stages.map(({ grid }) => grid.join('x'))).toEqual(['24x56', '12x28', '6x14', '3x7']);
    expect(stages.reduce((sum, stage) => sum + stage.parameters, head.parameters)).toBe(parameters);
    expect(stages.reduce((sum, stage) => sum + stage.macs, head.macs)).toBe(macs);
  });

  it('refuses an image of which nothing is left', () => {
    expect(() => describeModel(namedConfiguration('vil_tiny'), [31, 224])).toThrow(/31x224 is too small/);
  });
});
