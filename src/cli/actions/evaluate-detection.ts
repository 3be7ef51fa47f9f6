import { readCocoResults } from '../../../datasets/annotations/coco-results.js';
import { readAnnotations } from '../../../datasets/annotations/read-annotations.js';
import type { DetectionScores } from '../../detection/score-detections.js';
import { scoreDetections } from '../../detection/score-detections.js';
import { detectionEvaluationReport } from '../detection-evaluation-report.js';
import type { EvaluateFlags } from '../evaluate.js';

/** Scores detections on a labelled set and prints the scores. */
export async function evaluateDetection(flags: EvaluateFlags): Promise<void> {
  const scores = await scoreResults(flags);
  process.stdout.write(`${flags.json ? JSON.stringify(scores) : detectionEvaluationReport(scores)}\n`);
}

/** Scores detections from a file. */
async function scoreResults({
  data,
  images,
  detections,
  threshold,
}: EvaluateFlags): Promise<DetectionScores> {
  const set = await readAnnotations(data, { images });
  return scoreDetections(set, await readCocoResults(detections!, set), { threshold });
}
