import { writeAtomically } from '../../base/write-atomically.js';
import type { SceneDetections } from '../../detect/output/scene-detections.js';
import { filesOfDetections, formatEndings } from '../../detect/output/write-detections.js';
import type { DetectFlags } from './flags.js';
import type { SceneJob } from './scene-job.js';

/** Writes what was found in the scenes of an output file; a shapefile is of several, beside each other. */
export async function writeOutput(
  { out, format, number }: SceneJob,
  scenes: readonly SceneDetections[],
  flags: DetectFlags,
): Promise<void> {
  const ending = formatEndings[format];
  const stem = out.toLowerCase().endsWith(ending) ? out.slice(0, -ending.length) : out;
  for (const file of await filesOfDetections(scenes, format, { ...flags, firstImage: number })) {
    await writeAtomically(file.ending === ending ? out : `${stem}${file.ending}`, file.content);
  }
}
