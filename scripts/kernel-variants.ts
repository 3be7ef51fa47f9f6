import { type AttentionProblem, planAttention } from '../kernels/webgpu/plan.js';
import type { KernelSettings } from '../kernels/webgpu/settings.js';
import { backwardPrograms, forwardPrograms } from './kernel-programs.js';

/** One kernel as one device would compile it. */
export interface KernelVariant {
  readonly name: string;
  readonly code: string;
}

const DEFAULTS: KernelSettings = {
  subgroups: false,
  halfStorage: false,
  invocations: 256,
  workgroupMemory: 16_384,
  laneChannels: 32,
};

const SETTINGS: Readonly<Record<string, Partial<KernelSettings>>> = {
  plain: {},
  subgroups: { subgroups: true },
  f16: { halfStorage: true },
  'f16+subgroups': { halfStorage: true, subgroups: true },
};

const BASE: AttentionProblem = {
  heads: 3,
  rows: 20,
  columns: 30,
  globals: 1,
  window: 7,
  exact: 'chunks',
  mode: 'all',
  onlyGlobal: false,
  batch: 2,
  channels: 96,
  hasLocalBias: true,
  hasGlobalLocalBias: true,
  hasGlobalGlobalBias: true,
};

/** Settings of the op that change the kernels' text. */
const PROBLEMS: Readonly<Record<string, Partial<AttentionProblem>>> = {
  'relative bias': {},
  'absolute positions': { hasLocalBias: false, hasGlobalLocalBias: false, hasGlobalGlobalBias: false },
  'no global tokens': { globals: 0, hasGlobalLocalBias: false, hasGlobalGlobalBias: false },
  'exact window': { exact: 'distance' },
  'cyclic chunks': { exact: 'cyclic' },
  'own chunk': { mode: 'own' },
  'one neighbour': { mode: 'right' },
  'global tokens alone': { onlyGlobal: true, globals: 16 },
  'window 15': { window: 15 },
  'head width 10': { channels: 30 },
  'head width 128': { channels: 384 },
  'rotary positions': {
    hasRotary: true,
    globals: 5,
    channels: 192,
    hasLocalBias: false,
    hasGlobalLocalBias: false,
    hasGlobalGlobalBias: false,
  },
};

/** Every distinct kernel text over the op's settings and the devices' abilities. */
export function kernelVariants(): KernelVariant[] {
  const variants = new Map<string, KernelVariant>();
  for (const [problemName, problem] of Object.entries(PROBLEMS)) {
    for (const [settingsName, settings] of Object.entries(SETTINGS)) {
      const plan = planAttention({ ...BASE, ...problem }, { ...DEFAULTS, ...settings });
      // Gradients are computed from 32-bit keys and values that have been turned.
      const backward = planAttention({ ...plan, hasRotary: false }, { ...plan.settings, halfStorage: false });
      for (const { name, code } of [...forwardPrograms(plan), ...backwardPrograms(backward)]) {
        if (!variants.has(code))
          variants.set(code, { name: `${name}, ${problemName}, ${settingsName}`, code });
      }
    }
  }
  return [...variants.values()];
}
