/**
 * Writes docs/kernels.md: memory traffic and arithmetic of the WebGPU kernels, from their dispatches' loop bounds, and
 * their peak memory, measured; needs a WebGPU device.
 */
import { writeFile } from 'node:fs/promises';
import { planAttention } from '../kernels/webgpu/plan.js';
import {
  backwardTraffic,
  forwardTraffic,
  type KernelTraffic,
  leastTraffic,
} from '../test/helpers/kernel-traffic.js';
import { logitBytes, peakBytes } from '../test/helpers/peak-memory.js';

/** Stages of ViL-Tiny, all sparse, at 1024 x 1024: side of the grid, heads, channels. */
const STAGES = [
  [256, 1, 48],
  [128, 3, 96],
  [64, 3, 192],
  [32, 6, 384],
] as const;

const settings = {
  subgroups: true,
  halfStorage: false,
  invocations: 256,
  workgroupMemory: 16_384,
  laneChannels: 32,
};

const sections = STAGES.map(([side, heads, channels], index) => {
  const sizes = { batch: 1, rows: side, columns: side, heads, channels, globals: 1, window: 7 };
  const biases = { hasLocalBias: true, hasGlobalLocalBias: true, hasGlobalGlobalBias: true };
  const plan = planAttention(
    { ...sizes, ...biases, exact: 'chunks', mode: 'all', onlyGlobal: false },
    settings,
  );
  const [forward, backward, least] = [forwardTraffic(plan), backwardTraffic(plan), leastTraffic(plan)];
  return `## Stage ${index + 1}: ${side} x ${side} tokens, ${heads} heads of ${plan.headWidth}, window 7

| kernel | workgroups | read MB | written MB | MFLOP | FLOP per byte |
|---|---|---|---|---|---|
${[...forward, ...backward].map(row).join('\n')}

Forward: ${total(forward)} MB, at least ${megabytes(least.forward)} MB. Backward: ${total(backward)} MB, at least
${megabytes(least.backward)} MB. The logits alone, never written, would be ${logits(plan)} MB.
`;
});

await writeFile(
  new URL('../docs/kernels.md', import.meta.url),
  `# Traffic of the WebGPU kernels

Computed by \`npm run kernels:traffic\` from the dispatches' sizes and the bounds of the kernels' loops, for the stages
of ViL-Tiny (all sparse, relative bias, one global token) at 1024 x 1024, batch 1, 32-bit storage. A test builds the
kernels so that they count their own traffic and holds these formulas against it. "Read" is what workgroups ask of
memory; a key is asked for by the nine chunks that see it, mostly from the cache. "At least" reads each input once and
writes each result once. The sums of partial results, a few dispatches of the backward pass, are left out.

${sections.join('\n')}
## Peak memory

Most device memory in use at a time over a forward and a backward pass, inputs, results and gradients included, as
tfjs's buffer manager counts it: batch 2, 2 heads of 4 channels, window 4, relative bias, one global token. A test
holds that it grows no faster than the tokens.

| tokens | peak MB | logits MB, if they were written | peak bytes a token and image |
|---|---|---|---|
${(await inOrder([16, 32, 64, 128], memoryRow)).join('\n')}
`,
);

async function inOrder<T, R>(values: readonly T[], work: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const value of values) results.push(await work(value));
  return results;
}

async function memoryRow(side: number): Promise<string> {
  const [peak, logits] = [await peakBytes(side), logitBytes(side)];
  return `| ${side ** 2} | ${(peak / 1e6).toFixed(2)} | ${(logits / 1e6).toFixed(2)} | ${(peak / (2 * side ** 2)).toFixed(0)} |`;
}

function row({ name, workgroups, read, written, flops }: KernelTraffic): string {
  const intensity = (flops / (read + written)).toFixed(1);
  return `| ${name} | ${workgroups} | ${megabytes(read)} | ${megabytes(written)} | ${(flops / 1e6).toFixed(1)} | ${intensity} |`;
}

function total(kernels: readonly KernelTraffic[]): string {
  return megabytes(kernels.reduce((sum, { read, written }) => sum + read + written, 0));
}

function logits(plan: { locals: number; heads: number; window: number; globals: number }): string {
  return megabytes(plan.locals * plan.heads * (9 * plan.window ** 2 + plan.globals) * 4);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
