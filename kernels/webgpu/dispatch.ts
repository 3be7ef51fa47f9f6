import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { UserError } from '../../src/base/errors.js';
import type { TensorInfo } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import type { Binding, KernelProgram } from './wgsl.js';

/** Tensors of a kernel by the names of its bindings. */
export type KernelTensors = Readonly<Record<string, TensorInfo>>;

/** A program and its tensors by the names of its bindings. */
export interface Dispatch {
  readonly program: KernelProgram;
  readonly tensors: KernelTensors;
}

/** Sees every dispatch before it is recorded; what it returns is dispatched. */
export type DispatchObserver = (program: KernelProgram, tensors: KernelTensors) => Dispatch;

/**
 * The parts of tfjs's backend that its own programs record through; private to it, fixed by the pinned
 * version.
 */
interface CommandStream {
  commandEncoder: GPUCommandEncoder;
  /** Tensors whose buffers must live until the next submission. */
  commandQueueOwnedIds: WeakSet<object>;
  dispatchCountInPass: number;
  makeUniforms(values: { type: 'uint32'; data: number[] }[]): GPUBufferBinding;
}

/** The backend's command stream, outside of any pass. */
function openStream(backend: WebGPUBackend): CommandStream {
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  return backend as unknown as CommandStream;
}

/** Compiled kernels of a device, by source; freed with it. */
const pipelines = new WeakMap<GPUDevice, Map<string, GPUComputePipeline>>();
let observer: DispatchObserver | undefined;

/** Passes each dispatch from now on through `next`, for measurements; undefined stops it. */
export function observeDispatches(next: DispatchObserver | undefined): void {
  observer = next;
}

/**
 * Records `program` in the backend's command stream, between the tfjs kernels before and after it.
 *
 * tfjs's own programs have one output and generated headers; this goes beside them to the backend's command
 * encoder, so that a kernel is exactly the WGSL one reads and may write several tensors.
 *
 * @throws UserError when a tensor is larger than the device can bind
 */
export function dispatch(backend: WebGPUBackend, wanted: KernelProgram, arguments_: KernelTensors): void {
  const unobserved = { program: wanted, tensors: arguments_ };
  const { program, tensors } = observer?.(wanted, arguments_) ?? unobserved;
  const pipeline = pipelineOf(backend.device, program);
  const entries = program.bindings.map(({ name }, binding) => ({
    binding,
    resource: { buffer: bufferOf(backend, tensors[name]!, name) },
  }));
  const stream = openStream(backend);
  const uniforms = stream.makeUniforms(program.uniforms.map((value) => ({ type: 'uint32', data: [value] })));
  const bindGroup = backend.device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [...entries, { binding: entries.length, resource: uniforms }],
  });
  const pass = stream.commandEncoder.beginComputePass({ label: program.name });
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(...program.workgroups);
  pass.end();
  for (const { name } of program.bindings) stream.commandQueueOwnedIds.add(tensors[name]!.dataId);
  submitIfFull(backend, stream);
}

/**
 * As after tfjs's own programs: the device starts early, and buffers that wait for the submission are freed.
 */
function submitIfFull(backend: WebGPUBackend, stream: CommandStream): void {
  stream.dispatchCountInPass++;
  if (stream.dispatchCountInPass >= tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')) {
    backend.submitQueue();
  }
}

/**
 * Copies all of `source` into `target`, `start` elements from its beginning, in the backend's command stream.
 */
export function copyInto(
  backend: WebGPUBackend,
  source: TensorInfo,
  target: TensorInfo,
  start: number,
): void {
  const from = bufferOf(backend, source, 'source');
  const to = bufferOf(backend, target, 'target');
  const stream = openStream(backend);
  stream.commandEncoder.copyBufferToBuffer(from, 0, to, 4 * start, from.size);
  stream.commandQueueOwnedIds.add(source.dataId).add(target.dataId);
}

/** Sets `count` elements of `tensor` from `start` on to zero, in the backend's command stream. */
export function clear(backend: WebGPUBackend, tensor: TensorInfo, start: number, count: number): void {
  const buffer = bufferOf(backend, tensor, 'gradient');
  const stream = openStream(backend);
  stream.commandEncoder.clearBuffer(buffer, 4 * start, 4 * count);
  stream.commandQueueOwnedIds.add(tensor.dataId);
}

function bufferOf(backend: WebGPUBackend, tensor: TensorInfo, name: string): GPUBuffer {
  backend.uploadToGPU(tensor.dataId);
  const buffer = backend.tensorMap.get(tensor.dataId).resource as GPUBuffer;
  const limit = backend.device.limits.maxStorageBufferBindingSize;
  if (buffer.size > limit) {
    throw new UserError(
      `The attention's ${name} [${tensor.shape}] takes ${buffer.size} bytes; this WebGPU device binds at most ${limit}. ` +
        'Use smaller tiles or a smaller batch.',
    );
  }
  return buffer;
}

function pipelineOf(device: GPUDevice, program: KernelProgram): GPUComputePipeline {
  const known = pipelines.get(device) ?? new Map<string, GPUComputePipeline>();
  pipelines.set(device, known);
  let pipeline = known.get(program.code);
  if (pipeline === undefined) {
    pipeline = device.createComputePipeline({
      label: program.name,
      layout: device.createPipelineLayout({ bindGroupLayouts: [bindGroupLayout(device, program.bindings)] }),
      compute: { module: device.createShaderModule({ label: program.name, code: program.code }) },
    });
    known.set(program.code, pipeline);
  }
  return pipeline;
}

/**
 * Written out, because an inferred layout would leave out bindings that a variant of a kernel does not use.
 */
function bindGroupLayout(device: GPUDevice, bindings: readonly Binding[]): GPUBindGroupLayout {
  const visibility = GPUShaderStage.COMPUTE;
  const entries: GPUBindGroupLayoutEntry[] = bindings.map(({ access }, binding) => ({
    binding,
    visibility,
    buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' },
  }));
  entries.push({ binding: bindings.length, visibility, buffer: { type: 'uniform' } });
  return device.createBindGroupLayout({ entries });
}
