import { UserError } from '../../src/base/errors.js';

/** Other names of the split that models are chosen by. */
function settled(split: string): string {
  return /^(val|valid|validation)$/i.test(split) ? 'val' : split.toLowerCase();
}

/**
 * The images of one split; all of them unless one is asked for.
 * @throws UserError naming the splits that there are
 */
export function pickSplit<Image extends { readonly split?: string }>(
  images: readonly Image[],
  split: string | undefined,
  where: string,
): Image[] {
  if (split === undefined) return [...images];
  const own = images.filter((image) => image.split !== undefined && settled(image.split) === settled(split));
  if (own.length > 0) return own;
  const names = [...new Set(images.map((image) => image.split).filter((name) => name !== undefined))];
  throw new UserError(
    names.length === 0
      ? `${where} is not divided into splits: leave out --split.`
      : `${where} has no split called ${split}, only ${names.join(', ')}.`,
  );
}
