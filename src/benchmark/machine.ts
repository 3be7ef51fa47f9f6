import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';
import { z } from 'zod';

/** What the figures were measured on. */
export const machineSchema = z.object({
  cpu: z.string(),
  cores: z.number(),
  memoryBytes: z.number(),
  /** Operating system, its release and the processor's architecture. */
  system: z.string(),
  node: z.string(),
  onnxruntime: z.string(),
  tfjs: z.string(),
  /** Version of this package. */
  package: z.string(),
});
export type Machine = Readonly<z.infer<typeof machineSchema>>;

export function thisMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? process.arch,
    cores: processors.length,
    memoryBytes: totalmem(),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
    onnxruntime: versionOf('onnxruntime-node/package.json'),
    tfjs: versionOf('@tensorflow/tfjs-core/package.json'),
    package: versionOf('vision-longformer/package.json'),
  };
}

/** The machine in a line. */
export function describeMachine({ cpu, cores, memoryBytes, node, onnxruntime }: Machine): string {
  const memory = (memoryBytes / 2 ** 30).toFixed(0);
  return `${cpu}, ${cores} cores, ${memory} GiB, Node.js ${node}, ONNX Runtime ${onnxruntime}`;
}

function versionOf(manifest: string): string {
  return (createRequire(import.meta.url)(manifest) as { version: string }).version;
}
