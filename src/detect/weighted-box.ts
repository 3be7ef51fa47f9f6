import type { Detections } from '../boxes/detections.js';

/** The weighted mean of boxes of one object. Of turned boxes, opposite directions count as the same. */
export class WeightedBox {
  readonly #coordinates = new Float64Array(4);
  /** Of the first box; the others are turned by half turns until they are closest to it. */
  readonly #direction: number;
  #turn = 0;
  #weight = 0;

  /** @param direction angle in radians that those of turned boxes are close to */
  constructor(direction = 0) {
    this.#direction = direction;
  }

  /** @param weight more than 0 */
  add({ boxes, angles }: Detections, index: number, weight: number): void {
    for (let side = 0; side < 4; side++) this.#coordinates[side]! += weight * boxes[4 * index + side]!;
    if (angles) this.#turn += weight * halfTurn(angles[index]! - this.#direction);
    this.#weight += weight;
  }

  writeMean(to: Detections, slot: number): void {
    for (let side = 0; side < 4; side++) to.boxes[4 * slot + side] = this.#coordinates[side]! / this.#weight;
    if (to.angles) to.angles[slot] = this.#direction + this.#turn / this.#weight;
  }
}

/** An angle brought into [-pi/2, pi/2) by half turns. */
function halfTurn(angle: number): number {
  return angle - Math.PI * Math.floor(angle / Math.PI + 0.5);
}
