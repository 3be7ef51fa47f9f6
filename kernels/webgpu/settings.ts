/** What the kernels may use of a device. Every combination computes the same function. */
export interface KernelSettings {
  /** Reduce across the lanes of a subgroup instead of through workgroup memory. */
  readonly subgroups: boolean;
  /** Keep keys and values of the forward pass as 16-bit floats in memory; sums stay 32-bit. */
  readonly halfStorage: boolean;
  /** Most invocations in one workgroup. */
  readonly invocations: number;
  /** Bytes of workgroup memory one workgroup may use. */
  readonly workgroupMemory: number;
  /**
   * Most channels of a head that one invocation keeps in registers, where subgroups let several share a head.
   */
  readonly laneChannels: number;
}

/** Options a caller may change; the rest follows from the device. */
export type SettingOverrides = Partial<KernelSettings>;

/**
 * Larger workgroups only lower the number that a core can hold at once: 256 invocations and 16 KiB are what
 * every WebGPU device has, and a chunk of the published models (49 to 225 queries) fits into them.
 */
const MOST_INVOCATIONS = 256;
const MOST_WORKGROUP_MEMORY = 16 * 1024;
/**
 * The backward pass keeps four vectors a lane: 4 x 32 floats is what fits a register file without spilling.
 */
const LANE_CHANNELS = 32;

let overrides: SettingOverrides = {};

/**
 * Changes what the attention kernels use, for every later call on any device; `{}` restores the defaults.
 *
 * 16-bit storage is off by default: it rounds keys and values to 11 significant bits, outside float32
 * tolerances.
 */
export function overrideKernelSettings(changes: SettingOverrides): void {
  overrides = changes;
}

/** Settings for `device`: its features and limits, then the overrides as far as the device allows them. */
export function kernelSettings(device: GPUDevice): KernelSettings {
  const wanted = {
    subgroups: true,
    halfStorage: false,
    invocations: MOST_INVOCATIONS,
    workgroupMemory: MOST_WORKGROUP_MEMORY,
    laneChannels: LANE_CHANNELS,
    ...overrides,
  };
  const { limits, features } = device;
  return {
    ...wanted,
    subgroups: wanted.subgroups && features.has('subgroups'),
    halfStorage: wanted.halfStorage && features.has('shader-f16'),
    invocations: Math.min(
      wanted.invocations,
      limits.maxComputeInvocationsPerWorkgroup,
      limits.maxComputeWorkgroupSizeX,
    ),
    workgroupMemory: Math.min(wanted.workgroupMemory, limits.maxComputeWorkgroupStorageSize),
  };
}
