import { z } from 'zod';
import { UserError } from '../../base/errors.js';
import type { RasterSource } from '../../image/raster/raster-source.js';
import type { Scaling } from '../../image/raster/scaling.js';
import type { Area } from '../area/area.js';
import type { PlacedArea } from '../area/area-in-scene.js';
import type { Detector, DetectorTraits } from '../detector.js';
import type { FirstLookChoice } from './first-look.js';
import { firstLookScore } from './first-look.js';
import type { MergeChoice } from './merge.js';
import type { Selection } from './selection.js';
import { selectionSchema } from './selection.js';
import { defaultMemoryBytes, usualOverlap } from './tile-size.js';

export interface SceneProgress {
  readonly done: number;
  readonly total: number;
}

/** What to find in a scene, independent of what runs its tiles. */
export interface SceneSettings {
  readonly source: RasterSource;
  readonly detector: DetectorTraits;
  /** Indices of one band or three, as red, green and blue. Default: those that the file names so, the first three, or the first. */
  readonly bands?: readonly number[];
  /** How samples become 8 bits. Default: as they are, or from the 2nd to the 98th percentile if they have more bits. */
  readonly scaling?: Scaling;
  /** Side of a tile in pixels. Default: whatever takes the least time, from 1024, as far as the memory allows. */
  readonly tileSize?: number;
  /** Bytes that a pass of the detector may take, to choose the tile size. Default 2e9. */
  readonly memoryBytes?: number;
  /** Pixels that neighbouring tiles share: more than the largest object is long. Default `usualOverlap`. */
  readonly overlap?: number;
  /** Lowest score. The detector's own default otherwise. */
  readonly threshold?: number;
  /** Default false: all of the scene is looked at. */
  readonly firstLook?: FirstLookChoice;
  /** The part of the scene that is read and looked at; objects whose centre lies outside of it are left out. */
  readonly area?: Area | PlacedArea;
  /** Which of the objects found are wanted. All by default. */
  readonly selection?: Selection;
  /** Metres on the ground that a pixel of the scene covers. What its file says by default. */
  readonly gsd?: number;
  /** Reference system of the scene, instead of the one that its file names. */
  readonly sourceCrs?: string;
  /**
   * Whether a scene whose pixels cover more or less ground than those that the detector learned from is brought to the
   * detector's. Default true. Results are in pixels of the scene all the same; tile sizes and overlaps are in pixels as
   * the detector sees them.
   */
  readonly resample?: boolean;
  /** Default suppression from an overlap of 0.5. */
  readonly merge?: MergeChoice;
  /** Where finished tiles are written down. Without it an interrupted run starts over. */
  readonly stateFolder?: string;
  /** Tells models apart that have the same labels. */
  readonly modelFingerprint?: string;
  readonly signal?: AbortSignal;
  /** Told before the first tile and after each. */
  readonly onProgress?: (progress: SceneProgress) => void;
  /** Told, before the first tile, what the user should know about how the scene is read. */
  readonly onNote?: (text: string) => void;
}

export interface SceneOptions extends SceneSettings {
  readonly detector: Detector;
  /** Tiles in the detector at a time. Default 1: a detector on the CPU uses all its cores for one. */
  readonly concurrency?: number;
}

const schema = z.object({
  bands: z
    .array(z.int().nonnegative())
    .refine(({ length }) => length === 1 || length === 3, 'must be one band or three')
    .optional(),
  tileSize: z.int().min(32).max(16384).optional(),
  memoryBytes: z.number().positive().default(defaultMemoryBytes),
  overlap: z.int().nonnegative().optional(),
  threshold: z.number().min(0).max(1).optional(),
  merge: z
    .object({
      type: z.enum(['nms', 'wbf', 'nmm', 'none']),
      overlap: z.number().min(0).max(1).optional(),
      classAgnostic: z.boolean().optional(),
    })
    .default({ type: 'nms' }),
  concurrency: z.int().positive().default(1),
  gsd: z.number().positive().optional(),
  selection: selectionSchema.optional(),
});

export type CheckedOptions = Omit<z.infer<typeof schema>, 'bands'> & {
  readonly bands: readonly number[];
  readonly overlap: number;
  /** As `firstLookScore` gives it. */
  readonly firstLook?: number;
};

/** @throws UserError naming the option that is wrong */
export function checkSceneOptions(
  options: SceneSettings & Pick<SceneOptions, 'concurrency'>,
): CheckedOptions {
  const parsed = schema.safeParse(options);
  if (!parsed.success) {
    throw new UserError(`Wrong option: ${z.prettifyError(parsed.error)}`, { status: 400 });
  }
  const { source } = options;
  const bands = parsed.data.bands ?? source.colourBands;
  const missing = bands.find((band) => band >= source.bands);
  if (missing !== undefined) {
    throw new UserError(`${source.name} has ${source.bands} bands; there is no band ${missing + 1}.`, {
      status: 400,
    });
  }
  const overlap = parsed.data.overlap ?? usualOverlap(options.detector);
  return { ...parsed.data, bands, overlap, firstLook: firstLookScore(options.firstLook, options.detector) };
}
