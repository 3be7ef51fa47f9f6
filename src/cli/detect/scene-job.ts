import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../../base/errors.js';
import type { FormatName } from '../../detect/output/write-detections.js';
import { formatEndings } from '../../detect/output/write-detections.js';
import type { DetectFlags } from './flags.js';
import type { SceneFile } from './scene-files.js';
import { scenePaths } from './scene-files.js';

/** A scene and all the files that go with it. */
export interface SceneJob {
  readonly scene: SceneFile;
  readonly format: FormatName;
  readonly out: string;
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
  const outs = scenePaths(flags.out, formatEndings[format], scenes);
  const overviews = flags.overview === undefined ? [] : scenePaths(flags.overview, '.png', scenes);
  return scenes.map((scene, index) => {
    const [out, overview] = [outs[index]!, overviews[index]];
    for (const path of [out, overview]) if (path !== undefined) refuseToOverwrite(scene, path);
    const state = flags.state ?? join(dirname(out), `.${basename(out)}.tiles`);
    return { scene, format, out, overview, state, keepsState: flags.state !== undefined };
  });
}

function formatOf(out: string): FormatName {
  const found = Object.entries(formatEndings).find(([, ending]) => out.toLowerCase().endsWith(ending));
  return (found?.[0] as FormatName | undefined) ?? 'geojson';
}

function refuseToOverwrite({ paths }: SceneFile, target: string): void {
  if (paths.some((path) => resolve(path) === resolve(target))) {
    throw new UserError(`${target} is the scene itself: give another name for the output.`);
  }
}
