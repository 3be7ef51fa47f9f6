import type { ModelConfig } from '../../../models/model-config.js';
import type { ModelFolder } from '../../checkpoint/model-folder.js';
import type { OnnxGraph, ValueInfo } from '../../onnx/model.js';

/** The version of the Machine Learning Model extension whose schema the item keeps. */
export const mlmSchema = 'https://stac-extensions.github.io/mlm/v1.3.0/schema.json';

/** ONNX release that the operator set of the graphs came with. */
const onnxVersion = '1.16.0';

export interface MlmItemParts {
  readonly id: string;
  readonly folder: Pick<ModelFolder, 'config' | 'labels' | 'preprocessing' | 'gsd' | 'weights'>;
  readonly graph: Pick<OnnxGraph, 'inputs' | 'outputs'>;
  /** Bytes of the weights. */
  readonly weightBytes: number;
  /** When the weights were made. */
  readonly created: Date;
}

const bands = ['red', 'green', 'blue'].map((name) => ({ name, data_type: 'uint8' }));

/** What the dimensions of an output are, beside the batch. */
const dimensions: Readonly<Record<string, readonly string[]>> = {
  logits: ['class'],
  features: ['feature'],
  boxes: ['cell', 'coordinate'],
  scores: ['cell'],
  classes: ['cell'],
};

const outputTexts: Readonly<Record<string, string>> = {
  logits: 'Before softmax; of a model with several questions, those of each after the other.',
  features: 'What the classifier is given.',
  boxes:
    'Of the best cells: left, top, right, bottom in pixels of the input; of turned boxes centre, width, height, and the angle as cosine and sine. Duplicates are left to suppress.',
  scores: 'Confidence of each box, 0 to 1.',
  classes: 'Index of the class of each box.',
};

/**
 * A STAC item (1.1.0) that describes an exported model by the Machine Learning Model extension: what it takes, how images are to be
 * normalised, what it gives. Assets are `model.onnx` and `weights.bin` beside it.
 */
export function mlmItem({ id, folder, graph, weightBytes, created }: MlmItemParts): object {
  const { config, labels, gsd, weights } = folder;
  const task = config.type === 'detector' ? 'object-detection' : 'classification';
  const parameters = Object.values(weights).reduce((sum, { data }) => sum + data.length, 0);
  return {
    type: 'Feature',
    stac_version: '1.1.0',
    stac_extensions: [mlmSchema],
    id,
    geometry: null,
    properties: {
      datetime: created.toISOString(),
      description: `${architectureOf(config)} as ONNX, ${labels.length} classes.`,
      ...(gsd !== undefined && { gsd }),
      bands,
      'mlm:name': id,
      'mlm:architecture': architectureOf(config),
      'mlm:tasks': [task],
      'mlm:framework': 'ONNX',
      'mlm:framework_version': onnxVersion,
      'mlm:memory_size': weightBytes,
      'mlm:total_parameters': parameters,
      'mlm:pretrained': true,
      'mlm:batch_size_suggestion': 1,
      'mlm:accelerator': null,
      'mlm:accelerator_constrained': false,
      'mlm:accelerator_summary': 'Any execution provider of ONNX Runtime; made and tested on CPUs.',
      'mlm:input': graph.inputs.map((input) => inputOf(input, folder)),
      'mlm:output': graph.outputs.map((output) => outputOf(output, task, labels)),
      'mlm:hyperparameters': hyperparameters(config),
    },
    assets: {
      model: {
        href: './model.onnx',
        title: 'ONNX graph',
        description: 'Opset 21, IR 10, standard operators; reads its weights from weights.bin beside it.',
        type: 'application/octet-stream; framework=onnx; profile=onnx',
        roles: ['mlm:model'],
        // STAC has bands in an item's properties only where an asset has some; the extension wants them there.
        bands,
      },
      weights: {
        href: './weights.bin',
        title: 'Weights of the graph',
        description: 'External data of the graph, 32-bit floats.',
        type: 'application/octet-stream',
        roles: ['mlm:weights'],
      },
    },
    links: [],
  };
}

function architectureOf(config: ModelConfig): string {
  if (config.type === 'detector')
    return `${architectureOf(config.backbone)} under a dense anchor-free detection head`;
  return config.type === 'vil' ? 'Vision Longformer' : 'Vision Transformer';
}

function inputOf(input: ValueInfo, { preprocessing }: Pick<ModelFolder, 'preprocessing'>): object {
  const { mean, std, resize, interpolation } = preprocessing;
  const resizeTypes = {
    none: null,
    stretch: interpolation === 'bicubic' ? 'interpolation-cubic' : 'interpolation-linear',
    crop: 'crop',
  } as const;
  return {
    name: input.name,
    description:
      'RGB of 8 bits; of each band, mean and deviation are those of samples from 0 to 255. ' +
      (resize.mode === 'crop'
        ? `The shorter side is brought to ${resize.shorterSide} pixels, then the middle is cut out.`
        : resize.mode === 'stretch'
          ? 'Images are brought to the size of the input.'
          : 'Images are not resized: every pixel is given as it is.'),
    bands: bands.map(({ name }) => name),
    input: {
      shape: shapeOf(input),
      dim_order: ['batch', 'channel', 'height', 'width'],
      data_type: input.type,
    },
    value_scaling: mean.map((value, band) => ({
      type: 'z-score',
      mean: 255 * value,
      stddev: 255 * std[band]!,
    })),
    resize_type: resizeTypes[resize.mode],
    pre_processing_function: null,
  };
}

function outputOf(output: ValueInfo, task: string, labels: readonly string[]): object {
  const isOfClasses = output.name === 'logits' || output.name === 'classes';
  return {
    name: output.name,
    description: outputTexts[output.name] ?? output.name,
    tasks: [task],
    result: {
      shape: shapeOf(output),
      dim_order: [
        'batch',
        ...(dimensions[output.name] ?? output.shape.slice(1).map((_, index) => `axis-${index}`)),
      ],
      data_type: output.type,
    },
    'classification:classes': isOfClasses ? labels.map(classOf) : [],
    post_processing_function: null,
  };
}

function classOf(label: string, value: number): object {
  return { value, name: label.replaceAll(/[^\w-]+/g, '_'), description: label };
}

/** The batch, which is open, is -1. */
function shapeOf({ shape }: ValueInfo): number[] {
  return [-1, ...shape.slice(1).map(Number)];
}

function hyperparameters(config: ModelConfig): object {
  if (config.type === 'detector') {
    const { head, suppression } = config;
    return { ...hyperparameters(config.backbone), strides: head.strides, suppression };
  }
  if (config.type === 'vil') return { arch: config.arch };
  const { patch, width, depth, heads } = config;
  return { patch, width, depth, heads };
}
