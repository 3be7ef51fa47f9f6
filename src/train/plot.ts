import type { TopLevelSpec } from 'vega-lite';
import { splitColours } from '../charts/palette.js';
import { writeChart } from '../charts/render.js';
import type { MetricsRecord, StepRecord } from './metrics-log.js';

const training = splitColours.train.light;
const validation = splitColours.validation.light;

/** Means of about `points` equal runs of steps, so that the curve shows the trend and not each batch. */
export function smoothSteps(steps: readonly StepRecord[], points: number): { step: number; loss: number }[] {
  const length = Math.max(1, Math.ceil(steps.length / points));
  const groups = Array.from({ length: Math.ceil(steps.length / length) }, (_, group) =>
    steps.slice(group * length, (group + 1) * length),
  );
  return groups.map((group) => ({
    step: group[group.length - 1]!.step,
    loss: group.reduce((sum, record) => sum + record.loss, 0) / group.length,
  }));
}

/** The curves of a run as a Vega-Lite specification: losses above, the score on the validation split below. */
export function curvesSpec(records: readonly MetricsRecord[]): TopLevelSpec {
  const steps = records.filter((record) => record.kind === 'step');
  const validations = records.filter((record) => record.kind === 'validation');
  const losses = [
    ...smoothSteps(steps, 200).map((point) => ({ ...point, split: 'train' })),
    ...validations.map(({ step, loss }) => ({ step, loss, split: 'validation' })),
  ];
  const measure = validations[0]?.measure ?? 'score';
  const x = {
    field: 'step',
    type: 'quantitative',
    title: 'step',
    scale: { zero: true },
    axis: { format: 'd', tickMinStep: 1 },
  } as const;
  const colour = { scale: { domain: ['train', 'validation'], range: [training, validation] }, title: null };
  return {
    vconcat: [
      {
        width: 560,
        height: 220,
        data: { values: losses },
        mark: { type: 'line', point: { size: 12 } },
        encoding: {
          x,
          y: { field: 'loss', type: 'quantitative', title: 'loss' },
          color: { field: 'split', type: 'nominal', ...colour },
        },
      },
      {
        width: 560,
        height: 220,
        data: { values: validations.map(({ step, score }) => ({ step, score })) },
        mark: { type: 'line', point: { color: validation }, color: validation },
        encoding: {
          x,
          y: {
            field: 'score',
            type: 'quantitative',
            title: `validation ${measure}`,
            axis: { format: '.1%' },
            scale: { zero: false },
          },
        },
      },
    ],
  };
}

/** Draws the curves of a run into `curves.svg` and `curves.png` of a folder. */
export async function plotCurves(folder: string, records: readonly MetricsRecord[]): Promise<void> {
  await writeChart(folder, { name: 'curves', spec: curvesSpec(records) });
}
