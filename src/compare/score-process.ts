import { basename, dirname } from 'node:path';
import { answerRequests } from '../base/threads/requests.js';
import { loadDetector, loadModel } from '../detect/load.js';
import type { Find } from '../evaluate/evaluate-detector.js';
import { findInSlices, findInWhole } from '../evaluate/evaluate-detector.js';
import { labelMap, uprightColumns } from '../evaluate/score-detections.js';
import { readLabelled } from '../train/detection/splits.js';
import type { ScoreAnswer, ScoreRequest } from './score-messages.js';

// The process that scores one model, so that the memory measured is of that alone.
process.on('disconnect', () => process.exit());

/** Average precision counts also what is found with little confidence. */
const leastScore = 0.01;

answerRequests<ScoreRequest, ScoreAnswer>((request) =>
  request.task === 'detection' ? scoreDetector(request) : scoreClassifier(request),
);

async function scoreDetector({ model, data, images, threads, slice }: ScoreRequest): Promise<ScoreAnswer> {
  if (typeof data === 'string') throw new Error('a detector is scored by labels');
  const set = await readLabelled(data);
  const byPath = new Map(set.images.map((image) => [image.path, image]));
  const detector = await loadDetector(model, { threads });
  try {
    const map = labelMap(detector.labels, set.labels);
    const find: Find =
      slice === undefined
        ? findInWhole(detector, leastScore)
        : findInSlices(detector, { threshold: leastScore, slice, overlap: Math.floor(slice / 5) });
    const found = [];
    const times: number[] = [];
    for (const path of images) {
      const began = performance.now();
      const { boxes, scores, classes, count } = uprightColumns(await find(byPath.get(path)!), map);
      times.push((performance.now() - began) / 1000);
      found.push({
        boxes: Array.from(boxes),
        scores: Array.from(scores),
        classes: Array.from(classes),
        count,
      });
    }
    return { found, ...costOf(times) };
  } finally {
    await detector.close();
  }
}

async function scoreClassifier({ model, images, threads }: ScoreRequest): Promise<ScoreAnswer> {
  const classifier = await loadModel(model, { threads });
  try {
    const right: boolean[] = [];
    const times: number[] = [];
    for (const path of images) {
      const began = performance.now();
      const { labels } = await classifier.classify(path);
      times.push((performance.now() - began) / 1000);
      right.push(labels[0]!.label === basename(dirname(path)));
    }
    return { right, ...costOf(times) };
  } finally {
    await classifier.close();
  }
}

function costOf(times: readonly number[]): Pick<ScoreAnswer, 'secondsPerImage' | 'peakBytes'> {
  const counted = times.length > 1 ? times.slice(1) : times;
  return {
    secondsPerImage: counted.reduce((sum, seconds) => sum + seconds, 0) / counted.length,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}
