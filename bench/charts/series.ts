import { palette, seriesStyles } from '../../src/charts/palette.js';

/** One line of a chart. */
export interface Series {
  readonly id: string;
  readonly label: string;
}

/**
 * What tells the series of a chart apart, as Vega-Lite encodings of the fields `label` and `id`; one legend
 * for all.
 * @param marks whether the legend shows marks, which dashes would tear
 */
export function seriesEncoding(series: readonly Series[], { marks = false } = {}) {
  const domain = series.map(({ label }) => label);
  const styles = series.map(({ id }) => seriesStyles[id] ?? { ...seriesStyles.vil!, colour: palette.muted });
  const dashes = styles.map(({ dash }) => dash);
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
    strokeDash: marks
      ? // Of another field, so that the legend leaves it out.
        {
          field: 'id',
          type: 'nominal' as const,
          legend: null,
          scale: { domain: series.map(({ id }) => id), range: dashes },
        }
      : { ...field, scale: { domain, range: dashes } },
  };
}

/** The distinct series of rows, in the order in which they come. */
export function seriesOf(rows: readonly { id: string; label: string }[]): Series[] {
  return [...new Map(rows.map(({ id, label }) => [id, { id, label }])).values()];
}
