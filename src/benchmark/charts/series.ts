import { palette, seriesStyles } from './palette.js';

/** One line of a chart. */
export interface Series {
  readonly id: string;
  readonly label: string;
}

/** What tells the series of a chart apart, as Vega-Lite encodings of the field `label`; one legend for all. */
export function seriesEncoding(series: readonly Series[]) {
  const domain = series.map(({ label }) => label);
  const styles = series.map(({ id }) => seriesStyles[id] ?? { ...seriesStyles.vil!, colour: palette.muted });
  const legend = {
    title: null,
    orient: 'right',
    symbolSize: 80,
    symbolStrokeWidth: 2,
    symbolDash: [1, 0],
  } as const;
  const field = { field: 'label', type: 'nominal', legend } as const;
  return {
    color: { ...field, scale: { domain, range: styles.map(({ colour }) => colour.light) } },
    shape: { ...field, scale: { domain, range: styles.map(({ shape }) => shape) } },
    strokeDash: { ...field, scale: { domain, range: styles.map(({ dash }) => dash) } },
  };
}

/** The distinct series of rows, in the order in which they come. */
export function seriesOf(rows: readonly { id: string; label: string }[]): Series[] {
  return [...new Map(rows.map(({ id, label }) => [id, { id, label }])).values()];
}
