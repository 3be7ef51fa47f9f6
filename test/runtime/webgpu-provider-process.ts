import { initialWeights } from '../../models/initialise.js';
import { createModel, modelConfigSchema } from '../../models/model-config.js';
import { UserError } from '../../src/base/errors.js';
import type { Device } from '../../src/runtime/session/device.js';
import { TracedModel } from '../../src/runtime/traced-model.js';

/** What this process prints: the logits of one image on both devices, or why the second gave none. */
export type ProviderReport =
  | { readonly cpu: readonly number[]; readonly webgpu: readonly number[] }
  | { readonly reason: string; readonly isUserError: boolean };

// Relative bias, a stage without global tokens, and a size that leaves incomplete windows.
const config = modelConfigSchema.parse({
  type: 'vil',
  arch: 'l1,h2,d16,n1,s1,g1,p4,f4,a0_l2,h2,d32,n2,s1,g2,p2,f4,a1_l3,h2,d32,n1,s1,g0,p2,f3,a0',
  classes: 5,
  imageSize: [64, 64],
});
const [height, width] = [80, 112];

async function logitsOn(device: Device): Promise<number[]> {
  const model = createModel(config);
  const traced = await TracedModel.open(model, initialWeights(model, 1), { device, threads: 1 });
  const image = Float32Array.from({ length: 3 * height * width }, (_, index) => Math.sin(index));
  try {
    return [...(await traced.run({ image, batch: 1, height, width })).logits];
  } finally {
    await traced.close();
  }
}

async function report(): Promise<ProviderReport> {
  const cpu = await logitsOn('cpu');
  try {
    return { cpu, webgpu: await logitsOn('webgpu') };
  } catch (error) {
    return { reason: String(error), isUserError: error instanceof UserError };
  }
}

process.stdout.write(JSON.stringify(await report()));
