import type { Config } from 'vega-lite';
import { palette } from './palette.js';

/** Fonts, axes and grid of all charts, for a light page; `toInlineSvg` adapts them to dark ones. */
export const theme: Config = {
  background: palette.page.light,
  font: 'sans-serif',
  padding: 12,
  view: { stroke: palette.grid.light },
  title: { color: palette.ink.light, fontSize: 15, anchor: 'start', offset: 12 },
  axis: {
    labelColor: palette.muted.light,
    titleColor: palette.ink.light,
    domainColor: palette.muted.light,
    tickColor: palette.muted.light,
    gridColor: palette.grid.light,
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titlePadding: 8,
  },
  header: { labelColor: palette.ink.light, titleColor: palette.ink.light, labelFontSize: 12 },
  legend: {
    labelColor: palette.ink.light,
    titleColor: palette.ink.light,
    labelFontSize: 11,
    labelLimit: 240,
    symbolSize: 80,
  },
};
