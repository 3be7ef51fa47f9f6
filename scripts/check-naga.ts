/**
 * Compiles every variant of the WGSL kernels with Naga, the compiler of wgpu and Firefox, through Deno; the tests run
 * them through Tint. Prints each variant and exits with 1 when one does not compile.
 *
 * Needs a WebGPU adapter (.ci/install-webgpu.sh installs a software one) and downloads Deno from the npm registry.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { kernelVariants } from './kernel-variants.js';

const script = fileURLToPath(new URL('./naga-compile.js', import.meta.url));
const { status, error } = spawnSync('npx', ['--yes', 'deno@2', 'run', '--unstable-webgpu', script], {
  input: JSON.stringify(kernelVariants()),
  stdio: ['pipe', 'inherit', 'inherit'],
});
if (error) throw error;
process.exitCode = status ?? 1;
