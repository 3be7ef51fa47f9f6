import { UserError } from '../../base/errors.js';
import type { MapClassMetrics, MapMetrics } from '../../evaluate/map/map-metrics.js';
import { mapMetrics } from '../../evaluate/map/map-metrics.js';
import { readMapObjects } from '../../evaluate/map/map-objects.js';
import { table } from './detection-report.js';
import type { EvaluateFlags } from './flags.js';

/** Whether labels are things on Earth rather than in images. */
export function isOnMap({ data }: EvaluateFlags): boolean {
  return /\.geojson$/i.test(data);
}

/** Scores detections on Earth against labels on Earth. */
export async function scoreOnMap(flags: EvaluateFlags): Promise<MapMetrics> {
  const { data, detections, distance, iou, labelProperty } = flags;
  if (detections === undefined) {
    throw new UserError(
      `${data} has labels in map coordinates: give --detections found.geojson, as "vil detect" writes it.`,
    );
  }
  if (distance !== undefined && iou !== undefined) {
    throw new UserError('--iou and --distance both say what counts as found: give one of them.');
  }
  const truths = await readMapObjects(data, { labelProperty, isScored: false });
  const found = await readMapObjects(detections, { labelProperty, isScored: true });
  const points = [...truths, ...found].filter(({ corners }) => corners.length < 6).length;
  if (points > 0 && distance === undefined) {
    throw new UserError(`${points} objects are points, which overlap nothing: give --distance <metres>.`);
  }
  return mapMetrics(truths, found, distance === undefined ? { iou: iou ?? 0.5 } : { metres: distance });
}

/** As text. */
export function mapReport(scores: MapMetrics): string {
  const { rule, objects, detections, mAP } = scores;
  const what = 'iou' in rule ? `overlap of at least ${rule.iou}` : `centres within ${rule.metres} m`;
  const number = (value: number | undefined) => (value === undefined || value < 0 ? '-' : value.toFixed(3));
  const row = ({ name, best, ...own }: MapClassMetrics) => [
    name,
    String(own.objects),
    String(own.detections),
    ...[own.AP, best?.precision, best?.recall, best?.f1, best?.threshold].map(number),
  ];
  const heading = ['class', 'objects', 'found', 'AP', 'precision', 'recall', 'F1', 'at score'];
  return [
    `${detections} detections of ${objects} objects on the map, ${what}; mean AP of the classes ${number(mAP)}`,
    '',
    ...table([heading, ...scores.classes.map(row), row(scores)]),
  ].join('\n');
}
