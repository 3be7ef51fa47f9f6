import type { ConversionOptions } from '../../checkpoint/convert.js';

export interface ConvertFlags extends Omit<ConversionOptions, 'labels' | 'newHeadSeed'> {
  readonly out: string;
  readonly labels?: string;
  readonly newHead?: boolean;
  readonly seed: number;
}
