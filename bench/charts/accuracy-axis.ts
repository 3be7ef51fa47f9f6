import type { PositionFieldDef } from 'vega-lite/build/src/channeldef.js';

/** Vertical axis of every chart of accuracies: 0 to 100 %, so that charts can be compared. */
export const accuracyAxis: PositionFieldDef<string> = {
  field: 'accuracy',
  type: 'quantitative',
  title: 'accuracy',
  scale: { domain: [0, 1] },
  axis: { format: '.0%', tickCount: 5 },
};
