import { WEIGHTS_SEED } from '../../src/benchmark/scaling/scaling-row.js';
import { readAllCurves } from '../experiments/learning-curve.js';
import { readAllResults, resultsFolder } from '../experiments/read-results.js';
import type { ExperimentResult } from '../experiments/result.js';
import type { RowRecord } from '../journal.js';
import type { Origin } from '../origin.js';
import { type PhotographResult, readPhotographResults } from '../photographs/photograph-result.js';
import { type Exponent, fitExponents } from '../scaling/exponents.js';
import { type ScalingRecord, scalingRecords } from '../scaling/scaling-record.js';
import { accuracySection } from './accuracy-section.js';
import { ratioSection, scalingSection } from './cost-sections.js';
import { photographSection } from './photograph-section.js';
import type { Section } from './section.js';

export interface ReportContent extends Origin {
  readonly writtenAt: string;
  /** When the first and the last row were finished. */
  readonly measured?: { readonly from: string; readonly to: string };
  readonly seeds: string;
  readonly sections: readonly Section[];
  readonly rows: readonly RowRecord[];
  readonly scaling: readonly ScalingRecord[];
  readonly exponents: readonly Exponent[];
  readonly experiments: readonly ExperimentResult[];
  readonly photographs: readonly PhotographResult[];
}

export interface ReportSources extends Origin {
  /** Finished rows. */
  readonly rows: readonly RowRecord[];
  /**
   * Folders of experiments' results, the later ones before the earlier; by default those that come with the
   * sources.
   */
  readonly results?: readonly string[];
  /** Folder of the results on photographs; by default those that come with the sources. */
  readonly photographs?: string;
}

/** Puts together what a report says. */
export async function collectReport({
  rows,
  results = [resultsFolder()],
  photographs: photographsFolder,
  ...origin
}: ReportSources): Promise<ReportContent> {
  const experiments = await readAllResults(results);
  const curves = await readAllCurves(results);
  const photographs = await readPhotographResults(photographsFolder);
  const scaling = scalingRecords(rows);
  const exponents = fitExponents(scaling);
  const times = rows.map(({ finishedAt }) => finishedAt).sort();
  const sections = [
    accuracySection(experiments, curves, rows),
    photographSection(photographs),
    scalingSection(scaling, exponents),
    ratioSection(rows),
  ];
  return {
    ...origin,
    writtenAt: new Date().toISOString(),
    ...(times.length > 0 && { measured: { from: times[0]!, to: times.at(-1)! } }),
    seeds: `weights of the timed models: ${WEIGHTS_SEED}; those of experiments are in their tables and results`,
    sections: sections.filter(({ tables, charts }) => tables.length > 0 || charts.length > 0),
    rows,
    scaling,
    exponents,
    experiments,
    photographs,
  };
}
