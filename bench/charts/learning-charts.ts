import { groupBy } from '../../src/base/group-by.js';
import { seriesIdOf } from '../../src/charts/palette.js';
import type { Chart } from '../../src/charts/render.js';
import { curriculumOf } from '../experiments/accuracy.js';
import type { LearningCurve } from '../experiments/learning-curve.js';
import { seriesEncoding, seriesOf } from './series.js';

/** The training loss over images seen, a chart for each curriculum with a panel for each of its stages. */
export function learningCharts(curves: readonly LearningCurve[]): Chart[] {
  return [...groupBy(curves, ({ name }) => curriculumOf(name))].map(([curriculum, ofOne]) => ({
    name: `learning-curves-${curriculum}`,
    caption:
      `Curriculum ${curriculum}: training loss, summed over the questions, while the canvas grows from stage to ` +
      'stage; each stage goes on from the weights of the one before. A line for each seed.',
    spec: panels(ofOne),
  }));
}

function panels(curves: readonly LearningCurve[]): Chart['spec'] {
  const values = curves.flatMap(({ title, seed, stages }) =>
    stages.flatMap(({ canvas, batchSize, losses }, index) =>
      losses.map(({ step, loss }) => ({
        id: seriesIdOf(title),
        label: title,
        seed,
        stage: `stage ${index + 1}: canvas ${canvas}`,
        images: step * batchSize,
        loss,
      })),
    ),
  );
  const { color, strokeDash } = seriesEncoding(seriesOf(values));
  return {
    data: { values },
    facet: {
      field: 'stage',
      type: 'nominal',
      title: null,
      sort: [...new Set(values.map(({ stage }) => stage))],
    },
    columns: 3,
    spec: {
      width: 190,
      height: 150,
      mark: { type: 'line', strokeWidth: 1.6 },
      encoding: {
        x: {
          field: 'images',
          type: 'quantitative',
          title: 'images seen',
          axis: { tickCount: 3, format: '~s' },
        },
        y: {
          field: 'loss',
          type: 'quantitative',
          title: 'training loss',
          scale: { zero: true },
          axis: { tickCount: 5 },
        },
        detail: { field: 'seed' },
        color,
        strokeDash,
      },
    },
    resolve: { scale: { x: 'independent' } },
  };
}
