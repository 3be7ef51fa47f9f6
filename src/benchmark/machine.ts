import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';

/** What the figures were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Operating system, its release and the processor's architecture. */
  readonly system: string;
  readonly node: string;
  readonly onnxruntime: string;
  readonly tfjs: string;
  /** Version of this package. */
  readonly package: string;
}

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
