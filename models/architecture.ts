import { UserError } from '../src/base/errors.js';

/** One stage of a Vision Longformer. */
export interface StageConfig {
  readonly heads: number;
  /** Channels; a multiple of `heads`. */
  readonly width: number;
  /** Number of blocks, each an attention and an MLP. */
  readonly blocks: number;
  /** Windowed attention; otherwise every token attends to every token. */
  readonly isSparse: boolean;
  /** Global tokens, 0 or more. */
  readonly globals: number;
  /** Kernel and stride of the patch embedding, in units of the stage before (pixels for the first). */
  readonly patch: number;
  /** Side of an attention chunk, in tokens. */
  readonly window: number;
  /** Absolute position embeddings; otherwise relative position bias. */
  readonly hasAbsolutePositions: boolean;
}

/** Letters of an architecture string with the paper's defaults; `l` is the number of the stage itself. */
const DEFAULTS = { l: 1, h: 3, d: 192, n: 1, s: 1, g: 1, p: 2, f: 7, a: 1 };
type Attribute = keyof typeof DEFAULTS;

const MAX_STAGES = 4;

/**
 * Reads the paper's notation, e.g. `l1,h1,d48,n1,s1,g1,p4,f7,a0_l2,...`: stages joined by `_`, attributes by
 * `,`.
 *
 * l stage, h heads, d width, n blocks, s windowed (1) or full attention (0), g global tokens, p patch, f
 * window side, a absolute positions (1) or relative bias (0). As in the original code, a full stage makes all
 * later ones full.
 *
 * @returns one to four stages
 * @throws UserError naming the stage and the attribute at fault
 */
export function parseArchitecture(text: string): StageConfig[] {
  const stages = text.split('_').map((stage, index) => parseStage(stage, index + 1));
  if (stages.length > MAX_STAGES) {
    throw new UserError(`An architecture has at most ${MAX_STAGES} stages, not ${stages.length}: ${text}`);
  }
  const firstFull = stages.findIndex((stage) => !stage.isSparse);
  return stages.map((stage, index) => ({
    ...stage,
    isSparse: firstFull < 0 || index < firstFull,
  }));
}

/** Inverse of `parseArchitecture`, every attribute written out. */
export function formatArchitecture(stages: readonly StageConfig[]): string {
  return stages.map(formatStage).join('_');
}

function formatStage(stage: StageConfig, index: number): string {
  const attributes: Record<Attribute, number> = {
    l: index + 1,
    h: stage.heads,
    d: stage.width,
    n: stage.blocks,
    s: Number(stage.isSparse),
    g: stage.globals,
    p: stage.patch,
    f: stage.window,
    a: Number(stage.hasAbsolutePositions),
  };
  return Object.entries(attributes)
    .map(([letter, value]) => `${letter}${value}`)
    .join(',');
}

function parseStage(text: string, position: number): StageConfig {
  const attributes = { ...DEFAULTS };
  for (const part of text.split(',')) {
    const match = /^([a-z])(\d+)$/.exec(part);
    const letter = match?.[1] ?? '';
    if (!match || !isAttribute(letter)) {
      throw new UserError(
        `Stage ${position} of the architecture has "${part}" where a letter of lhdnsgpfa and a whole number belong: ${text}`,
      );
    }
    attributes[letter] = Number(match[2]);
  }
  checkAttributes(attributes, position);
  return {
    heads: attributes.h,
    width: attributes.d,
    blocks: attributes.n,
    isSparse: attributes.s !== 0,
    globals: attributes.g,
    patch: attributes.p,
    window: attributes.f,
    hasAbsolutePositions: attributes.a !== 0,
  };
}

function isAttribute(letter: string): letter is Attribute {
  return Object.hasOwn(DEFAULTS, letter);
}

function checkAttributes(attributes: Record<Attribute, number>, position: number): void {
  const fail = (message: string): never => {
    throw new UserError(`Stage ${position} of the architecture: ${message}`);
  };
  if (attributes.l !== position) fail(`is marked l${attributes.l}; stages count up from l1`);
  for (const letter of ['h', 'd', 'n', 'p', 'f'] as const) {
    if (attributes[letter] < 1) fail(`${letter} must be at least 1`);
  }
  for (const letter of ['s', 'a'] as const) if (attributes[letter] > 1) fail(`${letter} must be 0 or 1`);
  if (attributes.d % attributes.h !== 0) {
    fail(`width d${attributes.d} is not a multiple of the heads h${attributes.h}`);
  }
  if (attributes.a === 1 && attributes.d % 2 !== 0) {
    fail(`width d${attributes.d} must be even for absolute positions (a1)`);
  }
}
