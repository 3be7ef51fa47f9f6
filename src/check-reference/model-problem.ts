import { formatArchitecture, parseArchitecture } from '../../models/architecture.js';
import { type VisionLongformerConfig, vilConfigSchema } from '../../models/vil-config.js';
import { visionLongformer } from '../../models/vision-longformer.js';
import { UserError } from '../base/errors.js';
import type { Tensor, Tensor4D } from '../tensor/tensor.js';
import { modelMetadataSchema, parseMetadata } from './metadata.js';
import type { ReferenceProblem } from './problem.js';
import { isRedundant, type ReferenceTensors } from './reference-tensors.js';

/** Prefix of the state dict's names in a file of the model layout. */
const PREFIX = 'state.';

/**
 * The model layout: a whole backbone with its classifier; features and logits.
 * @throws UserError naming the file and the setting or tensor at fault
 */
export function modelProblem(
  path: string,
  metadata: Readonly<Record<string, string>>,
  tensors: ReferenceTensors,
): ReferenceProblem {
  const config = modelConfig(path, metadata, tensors);
  const model = visionLongformer(config);
  const names = Object.keys(model.parameterShapes);
  const shapes = Object.fromEntries(names.map((name) => [PREFIX + name, model.parameterShapes[name]!]));
  tensors.refuseUnknown(PREFIX, shapes, (name) =>
    isRedundant(name, { isShared: config.shareGlobalProjections }),
  );
  const [height, width] = config.imageSize;
  const [batch] = tensors.ofRank('x', 4).shape as [number];
  const features = shapes[`${PREFIX}norm.weight`]![0]!;
  return {
    kind: 'model',
    inputs: { x: tensors.take('x', [batch, 3, height, width]), ...tensors.takeAll(shapes) },
    evaluate: (given) => {
      const parameters = Object.fromEntries(names.map((name) => [name, given[PREFIX + name] as Tensor]));
      const { features, logits } = model.forward(parameters, given.x as Tensor4D);
      return { features, logits };
    },
    outputs: {
      features: tensors.take('features', [batch, features]),
      logits: tensors.take('logits', [batch, config.classes]),
    },
  };
}

function modelConfig(
  path: string,
  metadata: Readonly<Record<string, string>>,
  tensors: ReferenceTensors,
): VisionLongformerConfig {
  const settings = parseMetadata(modelMetadataSchema, metadata, path);
  const isFull = settings.attn_type === 'full';
  const result = vilConfigSchema.safeParse({
    type: 'vil',
    arch: isFull ? withFullAttention(path, settings.arch) : settings.arch,
    classes: settings.num_classes,
    imageSize: [settings.img_size, settings.img_size],
    shareGlobalProjections: settings.sharew,
    // The metadata does not say; the weights show it.
    normEmbed: tensors.has(`${PREFIX}layer1.0.norm_embed.weight`),
    exact: settings.sw_exact,
    mode: settings.mode,
    onlyGlobal: settings.only_glo,
    averagePool: settings.avg_pool,
  });
  if (result.success) return result.data;
  throw new UserError(`${path}: metadata ${result.error.issues.map(({ message }) => message).join('; ')}`);
}

function withFullAttention(path: string, arch: string): string {
  try {
    return formatArchitecture(parseArchitecture(arch).map((stage) => ({ ...stage, isSparse: false })));
  } catch (error) {
    throw new UserError(`${path}: metadata "arch": ${(error as Error).message}`, { cause: error });
  }
}
