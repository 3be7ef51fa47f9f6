/** A colour on a light page and its equivalent on a dark one. */
export interface Colour {
  readonly light: string;
  readonly dark: string;
}

/**
 * Colours of all charts of this project, by what they stand for. People with any colour vision can tell them
 * apart: the series also differ in lightness, and charts give each its own mark.
 */
export const palette = {
  ink: { light: '#1f2328', dark: '#e6edf3' },
  muted: { light: '#59636e', dark: '#9198a1' },
  grid: { light: '#d9dee3', dark: '#30363d' },
  page: { light: '#fefefe', dark: '#0d1117' },
  blue: { light: '#0b5fa5', dark: '#58a6ff' },
  teal: { light: '#1f9e89', dark: '#3fd0b6' },
  violet: { light: '#8250c4', dark: '#b794f4' },
  red: { light: '#c9374a', dark: '#ff7b86' },
  amber: { light: '#e08e0b', dark: '#f0b429' },
  brown: { light: '#7a5c2e', dark: '#c9a66b' },
} as const satisfies Record<string, Colour>;

/** Colours and marks of the models compared, the same in every chart. */
export const seriesStyles: Readonly<Record<string, { colour: Colour; shape: string; dash: number[] }>> = {
  vil: { colour: palette.blue, shape: 'circle', dash: [1, 0] },
  'vil-windows': { colour: palette.teal, shape: 'square', dash: [6, 3] },
  'vil-global': { colour: palette.violet, shape: 'diamond', dash: [2, 3] },
  'vil-mean': { colour: palette.muted, shape: 'triangle-right', dash: [8, 2, 2, 2] },
  vit: { colour: palette.red, shape: 'triangle-up', dash: [1, 0] },
  'vit-384': { colour: palette.amber, shape: 'triangle-down', dash: [6, 3] },
  'vit-224': { colour: palette.brown, shape: 'cross', dash: [2, 3] },
};

/** The series that the title of an experiment belongs to, e.g. `vit-224` for 'ViT, shrunk to 224'. */
export function seriesIdOf(title: string): string {
  const shrunk = /shrunk to (\d+)/.exec(title);
  const kind = title.startsWith('ViT') ? 'vit' : 'vil';
  if (shrunk) return `${kind}-${shrunk[1]}`;
  if (/windows/.test(title)) return `${kind}-windows`;
  if (/mean of all tokens/.test(title)) return `${kind}-mean`;
  return /global tokens alone/.test(title) ? `${kind}-global` : kind;
}

/** Colours of the splits of a data set. */
export const splitColours = { train: palette.blue, validation: palette.amber } as const;
