// Run by Deno: reads kernels as JSON [{ name, code }] and compiles each with wgpu's Naga.
const variants = JSON.parse(await new Response(Deno.stdin.readable).text());
const adapter = await navigator.gpu.requestAdapter();
if (!adapter) {
  console.error('Deno found no WebGPU adapter; .ci/install-webgpu.sh installs a software one.');
  Deno.exit(1);
}
const wanted = ['shader-f16', 'subgroups'].filter((feature) => adapter.features.has(feature));
const device = await adapter.requestDevice({ requiredFeatures: wanted });

/** The errors of one kernel; wgpu also reports some only when the pipeline is built. */
async function compile({ name, code }) {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ code });
  const { messages } = await module.getCompilationInfo();
  device.createComputePipeline({ layout: 'auto', compute: { module } });
  const error = await device.popErrorScope();
  return { name, errors: [...messages.map(({ message }) => message), ...(error ? [error.message] : [])] };
}

const counts = { ok: 0, failed: 0, skipped: 0 };
for (const variant of variants) {
  const missing = ['subgroups', 'f16'].find((extension) => {
    return (
      variant.code.includes(`enable ${extension};`) && !wanted.some((feature) => feature.includes(extension))
    );
  });
  if (missing) {
    counts.skipped++;
    console.log(`skip ${variant.name}: this wgpu has no ${missing}`);
    continue;
  }
  const { name, errors } = await compile(variant);
  counts[errors.length ? 'failed' : 'ok']++;
  console.log(errors.length ? `FAIL ${name}\n${errors.join('\n')}` : `OK   ${name}`);
}
console.log(`Naga: ${counts.ok} compiled, ${counts.failed} failed, ${counts.skipped} skipped`);
Deno.exit(counts.failed ? 1 : 0);
