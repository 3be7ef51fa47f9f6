import { existsSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { UserError } from '../../base/errors.js';
import type { OutputFormat } from '../../detect/output/write-detections.js';
import { formatEndings } from '../../detect/output/write-detections.js';
import type { DetectFlags } from './flags.js';
import type { SceneFile } from './scene-files.js';
import { scenePaths } from './scene-files.js';

/** A scene and all the files that go with it. */
export interface SceneJob {
  readonly scene: SceneFile;
  readonly format: OutputFormat;
  readonly out: string;
  /** Whether all scenes go into that file. */
  readonly isShared: boolean;
  /** Which of the scenes it is, from 1: images of COCO are told apart by it. */
  readonly number: number;
  readonly overview?: string;
  /** Folder of finished tiles. */
  readonly state: string;
  /** Whether that folder is the user's own, and stays. */
  readonly keepsState: boolean;
}

/**
 * Decides what is written where, before anything is computed.
 * @throws UserError when files would overwrite each other or a scene itself
 */
export function planJobs(scenes: readonly SceneFile[], flags: DetectFlags): SceneJob[] {
  const format = flags.format ?? formatOf(flags.out);
  const isShared = scenes.length > 1 && isOneFile(flags.out, format);
  const outs = isShared ? scenes.map(() => flags.out) : scenePaths(flags.out, formatEndings[format], scenes);
  const overviews = flags.overview === undefined ? [] : scenePaths(flags.overview, '.png', scenes);
  return scenes.map((scene, index) => {
    const [out, overview] = [outs[index]!, overviews[index]];
    for (const path of [out, overview]) if (path !== undefined) refuseToOverwrite(scene, path);
    const state = flags.state ?? join(stateParent(out), `.${basename(out)}.tiles`);
    const keepsState = flags.state !== undefined;
    return { scene, format, out, isShared, number: index + 1, overview, state, keepsState };
  });
}

/** Where finished tiles are kept: beside the output, but not among devices. */
function stateParent(out: string): string {
  return existsSync(out) && !statSync(out).isFile() ? '.' : dirname(out);
}

/** Whether a path is that of one file for several scenes, which YOLO's format has no room for: it does not name images. */
function isOneFile(out: string, format: OutputFormat): boolean {
  if (format === 'yolo' || (existsSync(out) && statSync(out).isDirectory())) return false;
  return out.toLowerCase().endsWith(formatEndings[format]);
}

/** @throws UserError for an ending of no format */
function formatOf(out: string): OutputFormat {
  const found = Object.entries(formatEndings).find(([, ending]) => out.toLowerCase().endsWith(ending));
  if (found) return found[0] as OutputFormat;
  const ending = extname(out);
  // Folders may be called anything, and what is no regular file has no ending to go by.
  if (ending === '' || (existsSync(out) && !statSync(out).isFile())) return 'geojson';
  throw new UserError(
    `${out}: no format has the ending ${ending}. Give one of ${Object.values(formatEndings).join(', ')}, or name the ` +
      `format with --format: ${Object.keys(formatEndings).join(', ')}.`,
    { status: 400 },
  );
}

function refuseToOverwrite({ paths }: SceneFile, target: string): void {
  if (paths.some((path) => resolve(path) === resolve(target))) {
    throw new UserError(`${target} is the scene itself: give another name for the output.`);
  }
}
