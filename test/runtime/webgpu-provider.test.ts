import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { ProviderReport } from './webgpu-provider-process.js';

const run = promisify(execFile);
const script = fileURLToPath(new URL('./webgpu-provider-process.ts', import.meta.url));

/**
 * Compares the devices in a process of their own, as a fault in native code ends the process.
 * @throws Error when it does not end by itself with exit code 0
 */
async function compareDevices(env: NodeJS.ProcessEnv = {}): Promise<ProviderReport> {
  const options = { env: { ...process.env, ...env }, timeout: 110_000 };
  const { stdout } = await run(process.execPath, ['--import', 'tsx', script], options);
  return JSON.parse(stdout) as ProviderReport;
}

it('computes on the WebGPU execution provider what the CPU computes', async (context) => {
  const report = await compareDevices();
  if ('reason' in report) {
    const isMissing = /adapter|not available on this platform/i.test(report.reason);
    if (!isMissing || process.env.CI_REQUIRE_WEBGPU === '1') throw new Error(report.reason);
    context.skip(`no WebGPU device: ${report.reason}`);
    return;
  }
  expect(report.cpu).toHaveLength(5);
  for (const [index, expected] of report.cpu.entries()) {
    expect(Math.abs(report.webgpu[index]! - expected)).toBeLessThan(1e-4);
  }
});

it.runIf(process.platform === 'linux')('says so where there is no WebGPU adapter', async () => {
  const report = await compareDevices({ VK_DRIVER_FILES: '/nonexistent', VK_ICD_FILENAMES: '/nonexistent' });
  expect(report).toMatchObject({
    isUserError: true,
    reason: expect.stringMatching(/The device webgpu (does not work here|is not available on this platform)/),
  });
});
