import type { Random } from '../../../src/base/random.js';
import { integer, randomStream, uniform } from '../../../src/base/random.js';
import type { AnnotatedObject } from '../../../src/boxes/annotations.js';
import { boxAround } from '../../../src/boxes/annotations.js';
import type { Box, Size } from '../../../src/boxes/box.js';
import { cornersOfBox } from '../../../src/boxes/rotated-box.js';
import { fillPolygon } from './fill-polygon.js';
import type { Patch, SilhouetteName } from './silhouettes.js';
import { placeOutline, silhouettes } from './silhouettes.js';
import { paintTerrain } from './terrain.js';

export interface SceneOptions extends Size {
  readonly seed: number;
  /** Share of the cells of 96 x 96 pixels that hold an object, 0 to 1; 0.25 by default. */
  readonly density?: number;
  /** Whether objects stand at any angle (the default) or at right angles to the image. */
  readonly turned?: boolean;
  /** Colour of all objects, RGB 0 to 255; drawn for each by default. */
  readonly colour?: readonly [number, number, number];
}

/** Label names of synthetic scenes, in the order of their indices. */
export const sceneLabels = Object.keys(silhouettes) as readonly SilhouetteName[];

/** Every object lies within a cell of its own, so that none covers another and each is found without the rest. */
const cellSide = 96;

/** Pixels from end to end, least and most. */
const lengths = { vehicle: [18, 34], aircraft: [40, 66] } as const;

const paints: readonly Patch['colour'][] = [
  [238, 238, 235],
  [26, 28, 32],
  [178, 30, 34],
  [34, 62, 148],
  [226, 186, 40],
];
const glass = [40, 46, 58] as const;

interface PlacedObject {
  readonly object: AnnotatedObject;
  readonly patches: readonly Patch[];
}

/**
 * An image from above with vehicles and aircraft whose boxes are known exactly, for tests and examples.
 *
 * Nothing of it is held: each piece is drawn when it is read, and is the same whatever the pieces. A scene may so be
 * larger than any memory.
 */
export class SyntheticScene {
  readonly width: number;
  readonly height: number;
  readonly labels = sceneLabels;
  readonly #options: SceneOptions;

  constructor(options: SceneOptions) {
    this.width = options.width;
    this.height = options.height;
    this.#options = options;
  }

  /**
   * Pixels of a piece.
   * @param box within the scene
   * @returns sRGB, 8 bits, [box.height, box.width, 3]
   */
  read(box: Box): Uint8Array {
    const data = paintTerrain(box, this.#options.seed);
    for (const { patches } of this.#placed(box)) for (const patch of patches) fillPolygon(data, box, patch);
    return data;
  }

  /**
   * The objects that may reach into a piece, all of the scene by default: those of its cells. All lie wholly within the scene;
   * `box` is the one around the silhouette, `polygon` the rectangle along it, nose first.
   */
  objectsIn(box: Box = { left: 0, top: 0, width: this.width, height: this.height }): AnnotatedObject[] {
    return this.#placed(box).map(({ object }) => object);
  }

  #placed({ left, top, width, height }: Box): PlacedObject[] {
    const placed: PlacedObject[] = [];
    const [lastColumn, lastRow] = [left + width - 1, top + height - 1].map((at) => Math.floor(at / cellSide));
    for (let row = Math.floor(top / cellSide); row <= lastRow!; row++) {
      for (let column = Math.floor(left / cellSide); column <= lastColumn!; column++) {
        const own = placeInCell(column, row, this.#options);
        if (own) placed.push(own);
      }
    }
    return placed;
  }
}

/** The object of a cell, if it has one that lies within the scene. */
function placeInCell(column: number, row: number, options: SceneOptions): PlacedObject | undefined {
  const { seed, density = 0.25, width, height } = options;
  const random = randomStream(seed, column, row);
  if (random() >= density) return undefined;
  const name = sceneLabels[integer(random, sceneLabels.length)]!;
  const { body, windows, breadth } = silhouettes[name];
  const [shortest, longest] = lengths[name];
  const length = uniform(random, shortest, longest);
  const angle = drawAngle(random, options.turned ?? true);
  const reach = (length / 2) * Math.hypot(1, breadth);
  const x = column * cellSide + uniform(random, reach, cellSide - reach);
  const y = row * cellSide + uniform(random, reach, cellSide - reach);
  const colour = options.colour ?? paints[integer(random, paints.length)]!;
  const outlines = body.map((outline) => placeOutline(outline, x, y, length, angle));
  const box = boxAround(outlines.flat());
  if (box[2] > width || box[3] > height) return undefined;
  const polygon = cornersOfBox({ x, y, length, breadth: breadth * length, angle });
  return {
    object: { box, polygon, label: sceneLabels.indexOf(name) },
    patches: [
      ...outlines.map((outline) => ({ outline, colour })),
      ...windows.map((outline) => ({ outline: placeOutline(outline, x, y, length, angle), colour: glass })),
    ],
  };
}

function drawAngle(random: Random, turned: boolean): number {
  return turned ? uniform(random, -Math.PI, Math.PI) : (integer(random, 4) * Math.PI) / 2;
}
