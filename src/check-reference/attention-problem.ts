import type { LongformerAttentionAttrs } from '../../kernels/attention-op.js';
import { windowedSelfAttentionShapes } from '../../models/layers/attention-shapes.js';
import { windowedSelfAttention } from '../../models/layers/windowed-self-attention.js';
import { UserError } from '../base/errors.js';
import type { NamedArray, NamedArrays } from '../tensor/named-arrays.js';
import { elementCount } from '../tensor/named-arrays.js';
import type { Tensor3D } from '../tensor/tensor.js';
import { attentionMetadataSchema, parseMetadata } from './metadata.js';
import type { ReferenceProblem } from './problem.js';
import { isRedundant, type ReferenceTensors } from './reference-tensors.js';

/** Prefix of the weights' names in a file of the attention layout. */
const PREFIX = 'param';

/**
 * The attention layout: one windowed self-attention layer, outputs and all gradients.
 * @throws UserError naming the file and the setting or tensor at fault
 */
export function attentionProblem(
  path: string,
  metadata: Readonly<Record<string, string>>,
  tensors: ReferenceTensors,
): ReferenceProblem {
  const settings = parseMetadata(attentionMetadataSchema, metadata, path);
  const { share_global_projections: shareGlobalProjections, relative_position_bias: hasRelativeBias } =
    settings;
  const attention = attributes(settings);
  const x = inputTokens(path, tensors, attention);
  const shapes = windowedSelfAttentionShapes(PREFIX, {
    ...attention,
    width: x.shape[2]!,
    hasRelativeBias,
    shareGlobalProjections,
  });
  tensors.refuseUnknown(`${PREFIX}.`, shapes, (name) =>
    isRedundant(name, { isShared: shareGlobalProjections }),
  );
  const inputs = { x, ...tensors.takeAll(shapes) };
  const layer = { attention, shareGlobalProjections };
  return {
    kind: 'attention',
    inputs,
    evaluate: (given) => ({ y: windowedSelfAttention(given, PREFIX, given.x as Tensor3D, layer) }),
    outputs: { y: tensors.take('y', x.shape) },
    gradients: {
      output: 'y',
      upstream: tensors.take('grad_y', x.shape),
      expected: expectedGradients(inputs, tensors, attention),
    },
  };
}

type Settings = ReturnType<typeof attentionMetadataSchema.parse>;

function attributes(settings: Settings): LongformerAttentionAttrs {
  return {
    heads: settings.num_heads,
    rows: settings.nx,
    columns: settings.ny,
    globals: settings.num_global,
    window: settings.window,
    exact: settings.exact,
    mode: settings.mode,
    onlyGlobal: settings.only_global,
  };
}

function inputTokens(
  path: string,
  tensors: ReferenceTensors,
  attention: LongformerAttentionAttrs,
): NamedArray {
  const { rows, columns, globals, heads } = attention;
  const x = tensors.ofRank('x', 3);
  const tokens = globals + rows * columns;
  if (x.shape[1] !== tokens || x.shape[2]! % heads !== 0) {
    throw new UserError(
      `${path}: tensor "x" has shape [${x.shape}]; ${globals} global and ${rows} x ${columns} local tokens of ` +
        `${heads} heads need [batch, ${tokens}, a multiple of ${heads}]`,
    );
  }
  return x;
}

function expectedGradients(
  inputs: NamedArrays,
  tensors: ReferenceTensors,
  { onlyGlobal }: LongformerAttentionAttrs,
): NamedArrays {
  const entries = Object.entries(inputs).map(([name, { shape }]) => {
    // PyTorch gives no gradient for a weight without influence, such as the local table when local keys are
    // not seen.
    const isUnused = onlyGlobal && name.endsWith('.local_relative_position_bias_table');
    const isOmitted = isUnused && !tensors.has(`grad_${name}`);
    return [name, isOmitted ? zeros(shape) : tensors.take(`grad_${name}`, shape)] as const;
  });
  return Object.fromEntries(entries);
}

function zeros(shape: readonly number[]): NamedArray {
  return { shape, data: new Float32Array(elementCount(shape)) };
}
