import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readModelFolder } from '../../../src/checkpoint/model-folder.js';
import { exportStac } from '../../../src/export/stac/export-stac.js';
import { writeTinyModel } from '../../helpers/tiny-model.js';
import { writeTinyDetector } from '../../server/scenes/tiny-detector.js';

const tensor = z
  .object({
    shape: z.array(z.int().min(-1)).min(1),
    dim_order: z.array(z.string().regex(/^[a-z-_]+$/)).min(1),
    data_type: z.enum(['float32', 'uint8', 'int32', 'int64']),
  })
  .refine(
    ({ shape, dim_order }) => shape.length === dim_order.length && new Set(dim_order).size === shape.length,
  );
const band = z.object({ name: z.string().min(1) });

/** The rules of STAC 1.1.0 and of the extension's schema, version 1.3.0. */
const mlmItemSchema = z.object({
  type: z.literal('Feature'),
  stac_version: z.literal('1.1.0'),
  stac_extensions: z
    .array(z.url())
    .refine((all) => all.includes('https://stac-extensions.github.io/mlm/v1.3.0/schema.json')),
  id: z.string().min(1),
  geometry: z.null(),
  bbox: z.undefined().optional(),
  links: z.array(z.unknown()),
  properties: z.object({
    datetime: z.iso.datetime(),
    gsd: z.number().positive().optional(),
    bands: z.array(band).min(1),
    'mlm:name': z.string().regex(/^[a-zA-Z][a-zA-Z0-9_.\-\s]+[a-zA-Z0-9]$/),
    'mlm:architecture': z.string().min(1),
    'mlm:tasks': z.array(z.enum(['classification', 'object-detection'])).min(1),
    'mlm:framework': z.literal('ONNX'),
    'mlm:framework_version': z.string().regex(/^\d+\.\d+\.\d+$/),
    'mlm:memory_size': z.int().positive(),
    'mlm:total_parameters': z.int().positive(),
    'mlm:pretrained': z.boolean(),
    'mlm:batch_size_suggestion': z.int().nonnegative(),
    'mlm:accelerator': z.null(),
    'mlm:accelerator_constrained': z.boolean(),
    'mlm:accelerator_summary': z.string(),
    'mlm:input': z.array(
      z.object({
        name: z.string().min(1),
        bands: z.array(z.string().min(1)),
        input: tensor,
        value_scaling: z
          .array(z.object({ type: z.literal('z-score'), mean: z.number(), stddev: z.number() }))
          .length(3),
        resize_type: z.enum(['crop', 'interpolation-cubic', 'interpolation-linear']).nullable(),
        pre_processing_function: z.null(),
      }),
    ),
    'mlm:output': z.array(
      z.object({
        name: z.string().min(1),
        tasks: z.array(z.string()),
        result: tensor,
        'classification:classes': z.array(
          z.object({ value: z.int(), name: z.string().regex(/^[0-9A-Za-z-_]+$/), description: z.string() }),
        ),
      }),
    ),
    'mlm:hyperparameters': z.record(z.string().regex(/^[0-9a-zA-Z_.-]+$/), z.unknown()),
  }),
  assets: z.record(
    z.string(),
    z.object({ href: z.string(), roles: z.array(z.string()), bands: z.array(band).optional() }),
  ),
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlm-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each([
  ['a classifier', 'classification', () => writeTinyModel()],
  ['a detector', 'object-detection', () => writeTinyDetector(folder)],
])('the STAC item of %s', (name, task, make) => {
  it('keeps the rules of the extension, and says what the graph beside it takes and gives', async () => {
    const model = await readModelFolder(await make());
    const out = join(folder, name);
    const [graph] = await exportStac({ ...model, gsd: 0.5 }, out, { height: 96, width: 64 });
    const item = mlmItemSchema.parse(JSON.parse(await readFile(join(out, 'item.json'), 'utf8')));
    const { properties, assets } = item;
    expect(properties['mlm:tasks']).toEqual([task]);
    expect(properties.gsd).toBe(0.5);
    const session = await InferenceSession.create(graph!);
    const [input] = properties['mlm:input'];
    expect(properties['mlm:input'].map((one) => one.name)).toEqual([...session.inputNames]);
    expect(properties['mlm:output'].map((one) => one.name)).toEqual([...session.outputNames]);
    expect(input!.input).toEqual({
      shape: [-1, 3, 96, 64],
      dim_order: ['batch', 'channel', 'height', 'width'],
      data_type: 'float32',
    });
    const { mean, std } = model.preprocessing;
    expect(input!.value_scaling.map((one) => one.mean)).toEqual(mean.map((value) => 255 * value));
    expect(input!.value_scaling.map((one) => one.stddev)).toEqual(std.map((value) => 255 * value));
    const classes = properties['mlm:output'].find((one) => one['classification:classes'].length > 0);
    expect(classes!['classification:classes'].map((one) => one.description)).toEqual(model.labels);
    // Some asset is the model; bands are in properties only where an asset has some.
    expect(assets.model!.roles).toContain('mlm:model');
    expect(assets.model!.bands).toEqual(properties.bands);
    for (const { href } of Object.values(assets)) await readFile(join(out, href));
    await session.release();
  });
});

it('a name that STAC does not allow is refused', async () => {
  const model = await readModelFolder(await writeTinyModel());
  await expect(
    exportStac({ ...model, path: '/models/9' }, join(folder, 'x'), { height: 64, width: 64 }),
  ).rejects.toThrow(/9 is no name for a model in STAC/);
});
