import type { ModelFlags } from '../model-options.js';

export interface EvaluateFlags extends ModelFlags {
  readonly data: string;
  readonly split?: string;
  readonly size?: [height: number, width: number];
  readonly images?: string;
  readonly detections?: string;
  /** Of labels in map coordinates: overlap, or metres between centres, from which an object counts as found. */
  readonly iou?: number;
  readonly distance?: number;
  readonly labelProperty?: string;
  readonly save?: string;
  /** Page with pictures, curves and mistakes. */
  readonly report?: string;
  readonly threshold?: number;
  readonly slice?: number;
  readonly overlap?: number;
  readonly merge?: 'seams' | 'sahi';
  /** Sets drawn for 95 % intervals; 0: none. Absent: as many as take little time. */
  readonly intervals?: number;
  readonly json?: boolean;
}
