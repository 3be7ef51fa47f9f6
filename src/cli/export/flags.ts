import type { ExportSize } from '../../export/export-model.js';

export interface ExportFlags {
  readonly model: string;
  readonly out: string;
  readonly size?: ExportSize;
  readonly int8?: boolean;
  readonly calibrate?: string[];
  readonly target: 'onnx' | 'triton' | 'stac-mlm';
  readonly maxBatch: number;
}
