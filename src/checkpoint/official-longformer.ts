import type { StageConfig } from '../../models/architecture.js';
import { formatArchitecture, parseArchitecture } from '../../models/architecture.js';
import { CONFIGURATION_NAMES, namedConfiguration } from '../../models/configurations.js';
import type { VisionLongformerConfig } from '../../models/vil-config.js';
import { vilConfigSchema } from '../../models/vil-config.js';
import { vilShapes } from '../../models/vision-longformer-shapes.js';
import { UserError } from '../base/errors.js';
import type { NamedArrays } from '../tensor/named-arrays.js';
import { fitTables } from './fit-tables.js';
import type { LongformerCheckpoint } from './vit-to-longformer.js';

export interface OfficialOptions {
  /** Architecture in the paper's notation; absent: inferred from the tensors. */
  readonly arch?: string;
  /** Height and width in pixels that tables are to be made for; absent: what they are made for. */
  readonly imageSize?: readonly [number, number];
}

/** Settings of the original code that no tensor shows. */
const UNSEEN =
  'Taken as in the published models, since the tensors do not show it: sw_exact 0, mode 0, only_glo off, and qk_scale as usual ' +
  '(another goes into a config.json beside the file, {"qk_scale": number}).';

/** Whether tensors have the names of the official Vision Longformer. */
export function isOfficialCheckpoint(names: readonly string[]): boolean {
  return names.includes('layer1.0.proj.weight');
}

/**
 * Infers the configuration of a Vision Longformer from tensors under the official names, and keeps those that this
 * implementation needs: of shared projections, which the original stores twice, one copy; no tensors of size zero.
 * @returns configuration, weights and remarks for the person who converts
 * @throws UserError when the architecture cannot be told from the tensors; whether all are there and fit is left to the
 *   check against the model
 */
export function readOfficialCheckpoint(
  tensors: NamedArrays,
  source: string,
  options: OfficialOptions = {},
): LongformerCheckpoint & { readonly notes: readonly string[] } {
  const present = Object.fromEntries(Object.entries(tensors).filter(([, { data }]) => data.length > 0));
  if (!present['head.weight']) {
    throw new UserError(
      `${source} has no classifier (head.weight): convert a checkpoint trained for classification.`,
    );
  }
  const arch = options.arch ?? inferArchitecture(present, source);
  const shared = hasSharedProjections(present);
  const config: VisionLongformerConfig = vilConfigSchema.parse({
    type: 'vil',
    arch,
    classes: present['head.weight'].shape[0],
    imageSize: options.imageSize ?? inferImageSize(present, parseArchitecture(arch)),
    shareGlobalProjections: shared,
    normEmbed: 'layer1.0.norm_embed.weight' in present,
    positionTable: 'layer1.0.pos_embed' in present ? 'full' : 'separable',
  });
  const needed = shared ? withoutGlobalProjections(present) : present;
  const { weights, resized } = fitTables(needed, vilShapes(config));
  const notes = [
    ...(options.arch ? [] : assumptions(parseArchitecture(arch))),
    UNSEEN,
    ...(resized.length > 0 ? [`${resized.length} tables were interpolated, the first ${resized[0]}.`] : []),
  ];
  return { config, weights, notes };
}

const globalProjection = /\.attn\.(query|kv|proj)_global\.(weight|bias)$/;

function withoutGlobalProjections(tensors: NamedArrays): NamedArrays {
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => !globalProjection.test(name)));
}

/** True when every global projection equals its local one, or there is none. */
function hasSharedProjections(tensors: NamedArrays): boolean {
  return Object.entries(tensors).every(([name, { data }]) => {
    if (!globalProjection.test(name)) return true;
    const local = tensors[name.replace('_global.', '.')]?.data;
    return local?.length === data.length && local.every((value, index) => Object.is(value, data[index]));
  });
}

function inferArchitecture(tensors: NamedArrays, source: string): string {
  const stages: PartialStage[] = [];
  while (tensors[`layer${stages.length + 1}.0.proj.weight`])
    stages.push(inspectStage(tensors, stages.length + 1));
  const published = publishedSize(stages);
  const complete = stages.map((stage, index) => {
    const heads = stage.heads ?? published?.[index]?.heads;
    if (heads) return { ...stage, heads, window: stage.window ?? 7 };
    throw new UserError(
      `${source}: the number of heads cannot be seen in tensors without relative position bias, and no published model has ` +
        `stages of ${stages.map(({ blocks, width }) => `${blocks} blocks of width ${width}`).join(', ')}. Give the ` +
        'architecture with --arch, e.g. --arch l1,h3,d192,n12,s1,g1,p16,f7,a1.',
    );
  });
  return formatArchitecture(complete);
}

type PartialStage = Omit<StageConfig, 'heads' | 'window'> & Partial<StageConfig>;

function inspectStage(tensors: NamedArrays, stage: number): PartialStage {
  const name = (suffix: string) => `layer${stage}.${suffix}`;
  const [width = 0, , patch = 0] = tensors[name('0.proj.weight')]!.shape;
  const norms = Object.keys(tensors).filter((key) =>
    new RegExp(`^layer${stage}\\.\\d+\\.norm\\.weight$`).test(key),
  );
  const isSparse = name('1.attn.query.weight') in tensors;
  const bias = tensors[name('1.attn.local_relative_position_bias_table')];
  return {
    width,
    patch,
    blocks: norms.length / 2,
    isSparse,
    globals: tensors[name('0.cls_token')]?.shape[1] ?? 0,
    hasAbsolutePositions: name('0.x_pos_embed') in tensors || name('0.pos_embed') in tensors,
    ...(bias && { heads: bias.shape[1]! }),
    // A window's table has (4w - 1)^2 rows.
    ...(bias && isSparse && { window: (Math.sqrt(bias.shape[0]!) + 1) / 4 }),
  };
}

/** Stages of the published model with these widths and numbers of blocks. */
function publishedSize(stages: readonly PartialStage[]): readonly StageConfig[] | undefined {
  const key = (of: readonly PartialStage[]) => of.map(({ width, blocks }) => `${width}x${blocks}`).join();
  for (const name of CONFIGURATION_NAMES) {
    const config = namedConfiguration(name);
    if (config.type !== 'vil') continue;
    const published = parseArchitecture(config.arch);
    if (key(published) === key(stages)) return published;
  }
  return undefined;
}

/** Image size behind the tables of the first stage that has any; 224 for models without. */
function inferImageSize(tensors: NamedArrays, stages: readonly StageConfig[]): [number, number] {
  let stride = 1;
  for (const [index, { patch, isSparse }] of stages.entries()) {
    stride *= patch;
    const name = (suffix: string) => tensors[`layer${index + 1}.${suffix}`]?.shape;
    const rows = name('0.x_pos_embed')?.[1];
    const columns = name('0.y_pos_embed')?.[1];
    if (rows && columns) return [rows * stride, columns * stride];
    const cells = name('0.pos_embed')?.[1];
    if (cells) return [Math.sqrt(cells) * stride, Math.sqrt(cells) * stride];
    const distances = name('1.attn.local_relative_position_bias_table')?.[0];
    // The table of full attention over n x n tokens has (2n - 1)^2 rows.
    if (distances && !isSparse) {
      const side = ((Math.sqrt(distances) + 1) / 2) * stride;
      return [side, side];
    }
  }
  return [224, 224];
}

/** What the tensors do not show and was taken from the published models. */
function assumptions(stages: readonly StageConfig[]): string[] {
  const notes = ['The architecture was inferred from the tensors.'];
  if (stages.some(({ isSparse, hasAbsolutePositions }) => isSparse && hasAbsolutePositions)) {
    notes.push(
      'Without relative bias the tensors do not show the window: 7 was assumed. Give another with --arch.',
    );
  }
  if (stages.at(-1)!.globals > 0) {
    notes.push(
      'Classification by the first global token was assumed; set averagePool in config.json for the mean.',
    );
  }
  return notes;
}
