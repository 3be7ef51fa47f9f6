import type { PlacedArea } from '../../detect/area/area-in-scene.js';
import type { OutputCrs } from '../../detect/output/locate.js';
import type { OutputFormat } from '../../detect/output/write-detections.js';
import type { FirstLookChoice } from '../../detect/scene/first-look.js';
import type { MergeName } from '../../detect/scene/merge.js';
import type { ModelFlags } from '../model-options.js';

/** What `vil detect` is told. */
export interface DetectFlags extends ModelFlags {
  readonly out: string;
  readonly format?: OutputFormat;
  readonly threshold?: number;
  readonly firstLook?: FirstLookChoice;
  readonly aoi?: string;
  readonly aoiCrs?: string;
  readonly bounds?: readonly [number, number, number, number];
  /** What `aoi` or `bounds` come to. */
  readonly area?: PlacedArea;
  readonly gsd?: number;
  /** false with --no-resample. */
  readonly resample?: boolean;
  readonly classes?: readonly string[];
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly maxObjects?: number;
  readonly tile?: number;
  readonly overlap?: number;
  readonly merge: MergeName;
  readonly mergeOverlap?: number;
  readonly classAgnostic?: boolean;
  readonly bands?: readonly number[];
  readonly bandsFrom?: readonly string[];
  readonly asset?: readonly string[];
  readonly range?: readonly [number, number];
  readonly percentile?: readonly [number, number];
  readonly crs: OutputCrs;
  readonly sourceCrs?: string;
  readonly height?: number;
  readonly overview?: string;
  readonly state?: string;
  readonly memory?: number;
  readonly pixelLimit?: number;
  /** Address of a queue whose workers look at the tiles. */
  readonly queue?: string;
  readonly json?: boolean;
}
