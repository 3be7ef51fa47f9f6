import { tasksOf } from '../../../datasets/generated/generator.js';
import { logitsOf } from '../../../datasets/generated/label-task.js';
import { modelConfigSchema } from '../../../models/model-config.js';
import { experimentNames, readExperiment } from '../experiments/experiment.js';
import type { ExperimentResult } from '../experiments/result.js';
import { type ScalingRow, scalingRow } from './scaling-row.js';

const PREFIX = 'experiment-';

/** Name of the row that times an experiment's model at a canvas. */
export function experimentRowName({ name, canvas }: Pick<ExperimentResult, 'name' | 'canvas'>): string {
  return `${PREFIX}${name}-onnx-${canvas}`;
}

/** A row of `experimentRowName`; undefined for any other name. */
export async function experimentRow(rowName: string): Promise<ScalingRow | undefined> {
  const match = /^experiment-(.+)-onnx-(\d+)$/.exec(rowName);
  if (!match) return undefined;
  const { name, title, model, view, stages } = await readExperiment(match[1]!);
  const classes = logitsOf(tasksOf(stages[0]!.data));
  return scalingRow({
    contender: {
      id: `${PREFIX}${name}`,
      label: title,
      inputSide: (side) => Math.min(side, view ?? side),
      config: () => modelConfigSchema.parse({ ...model, classes }),
    },
    engine: 'onnx',
    side: Number(match[2]),
  });
}

/** One row for each model and canvas that there are results of, whatever the seeds and the curriculum. */
export async function experimentRows(results: readonly ExperimentResult[]): Promise<ScalingRow[]> {
  const known = await experimentNames();
  // Experiments of one title and generator differ in how they were trained, which costs nothing when they run.
  const distinct = new Map(
    results
      .filter(({ name }) => known.includes(name))
      .map((result) => [`${result.generator} ${result.title} ${result.canvas}`, result]),
  );
  const rows = await Promise.all(
    [...distinct.values()].map((result) => experimentRow(experimentRowName(result))),
  );
  return rows.filter((row) => row !== undefined);
}
