/** In pixels of the screen. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A label to be placed beside its box. */
export interface LabelWish {
  readonly box: Rectangle;
  /** Of the label. */
  readonly width: number;
  /** Whether it is placed even where there is no room for it: of the selected object. */
  readonly isNeeded: boolean;
}

export interface Stage {
  readonly width: number;
  readonly height: number;
}

export const labelHeight = 17;

/**
 * Places labels, those first in the list first: above the box, below it, or inside at its top, so that none leaves the
 * stage and none lies over another. What finds no place is left out.
 * @returns a place for each wish, in their order
 */
export function placeLabels(wishes: readonly LabelWish[], stage: Stage): (Rectangle | undefined)[] {
  const taken = new TakenPlaces();
  return wishes.map((wish) => {
    const candidates = candidatesFor(wish, stage);
    const place =
      candidates.find((one) => taken.isFree(one)) ?? (wish.isNeeded ? nearest(wish, stage) : undefined);
    if (place) taken.add(place);
    return place;
  });
}

function candidatesFor({ box, width }: LabelWish, stage: Stage): Rectangle[] {
  if (width > stage.width) return [];
  const left = clamp(box.left, 0, stage.width - width);
  // Moved off its box it would name nothing.
  if (left > box.right || left + width < box.left) return [];
  return [box.top - labelHeight, box.bottom, Math.max(0, box.top)]
    .filter((top) => top >= 0 && top + labelHeight <= stage.height)
    .map((top) => ({ left, top, right: left + width, bottom: top + labelHeight }));
}

function nearest({ box, width }: LabelWish, stage: Stage): Rectangle {
  const shown = Math.min(width, stage.width);
  const left = clamp(box.left, 0, stage.width - shown);
  const top = clamp(box.top - labelHeight, 0, Math.max(0, stage.height - labelHeight));
  return { left, top, right: left + shown, bottom: top + labelHeight };
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** Labels placed so far, by the rows of the stage that they lie in. */
class TakenPlaces {
  readonly #rows = new Map<number, Rectangle[]>();

  isFree(place: Rectangle): boolean {
    return rowsOf(place).every((row) => !this.#rows.get(row)?.some((other) => overlaps(place, other)));
  }

  add(place: Rectangle): void {
    for (const row of rowsOf(place)) {
      const there = this.#rows.get(row);
      if (there) there.push(place);
      else this.#rows.set(row, [place]);
    }
  }
}

function rowsOf({ top, bottom }: Rectangle): number[] {
  const [first, last] = [Math.floor(top / labelHeight), Math.floor(bottom / labelHeight)];
  return first === last ? [first] : [first, last];
}

function overlaps(a: Rectangle, b: Rectangle): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
