import type { ClassificationResult, DetectionResult, Scene } from '../api/answers.js';
import { request } from '../api/request.js';
import { element } from '../dom/element.js';
import { formatPercent, plural } from '../dom/format.js';
import { shrunkenSide } from '../viewer/shrunken-view.js';
import { Detections } from './detections.js';

/** What the model answers about the shrunken image. */
export type ShrunkenAnswer =
  | { readonly task: 'detect'; readonly detections: Detections }
  | { readonly task: 'classify'; readonly answer: ClassificationResult };

/**
 * Asks the scene's own model what it sees in the scene shrunk to a square.
 * @param bytes the shrunken image, PNG
 * @param labels of the detector, in the order of its colours
 * @throws Problem when the model cannot be asked
 */
export async function askAboutShrunken(
  scene: Scene,
  bytes: Blob,
  labels: readonly string[],
  signal: AbortSignal,
): Promise<ShrunkenAnswer> {
  const query = new URLSearchParams({ model: scene.model });
  const body = new Blob([bytes], { type: 'image/png' });
  const response = await request(`/v1/${scene.task}?${query}`, { method: 'POST', body, signal });
  if (scene.task === 'classify') return { task: 'classify', answer: await response.json() };
  const found = (await response.json()) as DetectionResult;
  return { task: 'detect', detections: new Detections({ ...inScene(found, scene.image), labels }) };
}

/** Boxes of the square in pixels of the scene. */
function inScene(found: DetectionResult, { width, height }: Scene['image']): DetectionResult {
  const [x, y] = [width / shrunkenSide, height / shrunkenSide];
  const predictions = found.predictions.map(({ box, corners, ...rest }) => ({
    ...rest,
    box: { xmin: box.xmin * x, ymin: box.ymin * y, xmax: box.xmax * x, ymax: box.ymax * y },
    corners: corners?.map((value, index) => value * (index % 2 ? y : x)),
  }));
  return { ...found, predictions };
}

/** Says below the shrunken image what the model answers there, and what at full resolution. */
export function describeComparison(
  shrunken: ShrunkenAnswer,
  full: Detections | ClassificationResult | undefined,
): void {
  const small =
    shrunken.task === 'detect' ? plural(shrunken.detections.shown.length, 'object') : bestOf(shrunken.answer);
  const large = full && (full instanceof Detections ? plural(full.shown.length, 'object') : bestOf(full));
  element('shrunk-answer').textContent =
    `At ${shrunkenSide} × ${shrunkenSide} the same model answers: ${small}.` +
    (large ? ` At full resolution: ${large}.` : '');
}

function bestOf({ predictions }: ClassificationResult): string {
  const { label, score } = predictions[0]!;
  return `${label}, ${formatPercent(score)}`;
}
