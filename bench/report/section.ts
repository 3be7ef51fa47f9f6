import type { Chart } from '../../src/charts/render.js';
import type { Table } from './table.js';

/** Part of a report: what was asked, its images and its tables. */
export interface Section {
  readonly title: string;
  readonly text: string;
  readonly charts: readonly Chart[];
  readonly tables: readonly Table[];
}
