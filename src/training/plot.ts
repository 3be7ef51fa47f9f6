import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import * as vega from 'vega';
import type { TopLevelSpec } from 'vega-lite';
import { compile } from 'vega-lite';
import type { MetricsRecord, StepRecord } from './metrics-log.js';

const blue = '#4c78a8';
const orange = '#f58518';

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
  const x = { field: 'step', type: 'quantitative', title: 'step', scale: { zero: true } } as const;
  const colour = { scale: { domain: ['train', 'validation'], range: [blue, orange] }, title: null };
  return {
    background: 'white',
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
        mark: { type: 'line', point: { color: orange }, color: orange },
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
  const view = new vega.View(vega.parse(compile(curvesSpec(records)).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  await writeFile(join(folder, 'curves.svg'), svg);
  await sharp(Buffer.from(svg), { density: 144 }).png().toFile(join(folder, 'curves.png'));
}
