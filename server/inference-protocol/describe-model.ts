import type { ModelInfo } from '../models/served-model.js';

interface Tensor {
  readonly name: string;
  readonly datatype: string;
  /** -1 for what differs between requests. */
  readonly shape: number[];
}

/** What a model is given and answers. A request brings one of the inputs. */
export function tensorsOf({ task, labels }: ModelInfo): { inputs: Tensor[]; outputs: Tensor[] } {
  const inputs = [
    { name: 'image', datatype: 'BYTES', shape: [-1] },
    { name: 'pixels', datatype: 'UINT8', shape: [-1, -1, -1, 3] },
  ];
  const outputs =
    task === 'classify'
      ? [
          { name: 'scores', datatype: 'FP32', shape: [-1, labels.length] },
          { name: 'labels', datatype: 'BYTES', shape: [labels.length] },
        ]
      : [
          { name: 'boxes', datatype: 'FP32', shape: [-1, 4] },
          { name: 'scores', datatype: 'FP32', shape: [-1] },
          { name: 'classes', datatype: 'INT32', shape: [-1] },
          { name: 'labels', datatype: 'BYTES', shape: [-1] },
        ];
  return { inputs, outputs };
}
