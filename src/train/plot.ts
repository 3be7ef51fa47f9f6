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

/** Round numbers of steps from 0 to the last, at most seven: an axis left to itself has halves of steps on short runs. */
export function wholeTicks(last: number): number[] {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, last / 6)));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => last / each <= 6) ?? last;
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, at) => at * step);
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
  const last = records.reduce((most, { step }) => Math.max(most, step), 1);
  const axis = { format: 'd', values: wholeTicks(last) };
  const x = { field: 'step', type: 'quantitative', title: 'step', scale: { zero: true }, axis } as const;
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
