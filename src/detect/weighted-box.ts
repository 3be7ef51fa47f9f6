import type { Detections } from '../boxes/detections.js';

/**
 * The weighted mean of boxes of one object.
 *
 * A turned box can be written in four ways: half a turn leaves it as it is, and so does a quarter turn with its sides
 * swapped. Each box is taken the way whose sides lie nearest to those of the reference box, so that the mean depends
 * on the rectangles alone: of two near-squares at 44 and -44 degrees it is one at 45, not at 0.
 */
export class WeightedBox {
  readonly #coordinates = new Float64Array(4);
  /** Length, breadth and angle that turned boxes are written closest to. */
  readonly #reference: readonly [length: number, breadth: number, angle: number];
  #turn = 0;
  #weight = 0;

  /** @param index of the reference box, which itself has no weight until it is added */
  constructor({ boxes, angles }: Detections, index: number) {
    this.#reference = [boxes[4 * index + 2]!, boxes[4 * index + 3]!, angles?.[index] ?? 0];
  }

  /** @param weight more than 0 */
  add({ boxes, angles }: Detections, index: number, weight: number): void {
    const at = 4 * index;
    let [third, fourth] = [boxes[at + 2]!, boxes[at + 3]!];
    if (angles) {
      const [length, breadth, reference] = this.#reference;
      let turn = halfTurn(angles[index]! - reference);
      // Scalar products of the sides with those of the reference box: the larger, the closer are the corners.
      const kept = Math.abs(Math.cos(turn)) * (third * length + fourth * breadth);
      const swapped = Math.abs(Math.sin(turn)) * (fourth * length + third * breadth);
      if (swapped > kept) {
        [third, fourth] = [fourth, third];
        turn = halfTurn(turn + Math.PI / 2);
      }
      this.#turn += weight * turn;
    }
    this.#coordinates[0]! += weight * boxes[at]!;
    this.#coordinates[1]! += weight * boxes[at + 1]!;
    this.#coordinates[2]! += weight * third;
    this.#coordinates[3]! += weight * fourth;
    this.#weight += weight;
  }

  writeMean(to: Detections, slot: number): void {
    for (let side = 0; side < 4; side++) to.boxes[4 * slot + side] = this.#coordinates[side]! / this.#weight;
    if (to.angles) to.angles[slot] = this.#reference[2] + this.#turn / this.#weight;
  }
}

/** An angle brought into [-pi/2, pi/2) by half turns. */
function halfTurn(angle: number): number {
  return angle - Math.PI * Math.floor(angle / Math.PI + 0.5);
}
