import type { Preprocessing } from '../../image/preprocessing.js';
import type { OnnxGraph, ValueInfo } from '../../onnx/model.js';

export interface ReadmeFacts {
  readonly name: string;
  readonly graph: Pick<OnnxGraph, 'inputs' | 'outputs'>;
  readonly preprocessing: Preprocessing;
  readonly isDetector: boolean;
}

/** What somebody needs who finds the folder: how to start a server, what to send, what comes back. */
export function tritonReadme({ name, graph, preprocessing, isDetector }: ReadmeFacts): string {
  const { mean, std, resize } = preprocessing;
  const [, , height, width] = graph.inputs[0]!.shape;
  const shape = ({ shape: dimensions }: ValueInfo) => `[${dimensions.join(', ')}]`;
  const rows = [...graph.inputs, ...graph.outputs].map((value) => {
    const direction = graph.inputs.includes(value) ? 'input' : 'output';
    return `| ${direction} | \`${value.name}\` | FP32 ${shape(value)} | ${meanings[value.name] ?? ''} |`;
  });
  return `# ${name}, for Triton Inference Server and KServe

This folder is one model of a model repository. It needs a Triton whose ONNX Runtime reads opset 21 (1.18 or newer).

\`\`\`bash
docker run --rm -p8000:8000 -p8001:8001 -v "$PWD/..:/models" nvcr.io/nvidia/tritonserver:<release>-py3 \\
  tritonserver --model-repository=/models
curl localhost:8000/v2/models/${name}/ready
\`\`\`

In KServe, put the folder above this one where its storage initialiser can read it:

\`\`\`yaml
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: ${name.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-')}
spec:
  predictor:
    model:
      modelFormat: { name: onnx }
      protocolVersion: v2
      runtime: kserve-tritonserver
      storageUri: s3://bucket/repository
\`\`\`

## What it takes and gives

|  | name | type | meaning |
|---|---|---|---|
${rows.join('\n')}

Images are ${height} x ${width} pixels (height x width), RGB, planes one after the other; each value
(v / 255 - mean) / std with mean ${mean.join(', ')} and std ${std.join(', ')}.
${resizing[resize.mode]}
Labels are in labels.txt, and with the preprocessing as JSON in the parameters of config.pbtxt and the file's metadata.
${isDetector ? afterDetection : ''}
Requests that come within some milliseconds share a pass (\`dynamic_batching\`). The weights lie beside the graph in
\`1/weights.bin\`: both belong together.
`;
}

const resizing: Readonly<Record<Preprocessing['resize']['mode'], string>> = {
  none: 'The model was made for images at their own resolution: cut larger ones into tiles, continue smaller ones by their mirror image.',
  stretch: 'Images are stretched to that size.',
  crop: 'The shorter side of an image is resized, then the centre cut out.',
};

const afterDetection = `
Cells with a score below your threshold (0.3, say) are no objects. The same object comes in several cells: suppress those
that overlap a better one by more than 0.5, whatever their classes.
`;

const meanings: Readonly<Record<string, string>> = {
  image: 'normalised image',
  logits: 'before the softmax, in the order of labels.txt',
  features: 'what the classifier sees: one vector an image',
  boxes:
    'pixels: xmin, ymin, xmax, ymax; of turned boxes centre, length and breadth, cosine and sine of twice the angle',
  scores: '0 to 1, best cells first',
  classes: 'indices into labels.txt',
};
