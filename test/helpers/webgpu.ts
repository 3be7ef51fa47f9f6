import { describe } from 'vitest';
import { findWebGpu } from '../../src/runtime/dawn.js';

/**
 * `describe` for tests that need a WebGPU device: they use one if there is one and say why when they are skipped.
 * With CI_REQUIRE_WEBGPU=1 a missing device is a failure.
 */
export async function describeWebGpu(name: string, tests: () => void): Promise<void> {
  const webGpu = await findWebGpu();
  if (webGpu.available) {
    describe(name, tests);
    return;
  }
  if (process.env.CI_REQUIRE_WEBGPU === '1') throw new Error(`${name} must run: ${webGpu.reason}`);
  console.warn(`Skipped ${name}: ${webGpu.reason}`);
  describe.skip(`${name} (skipped: ${webGpu.reason})`, tests);
}

/** Whether this machine's device has a feature: tests of an optional path skip without it. */
export async function hasWebGpuFeature(feature: GPUFeatureName): Promise<boolean> {
  const webGpu = await findWebGpu();
  return webGpu.available && webGpu.features.has(feature);
}
