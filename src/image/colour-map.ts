// 'inferno' of matplotlib (Smith and van der Walt, CC0), perceptually uniform, at steps of 1/16.
const inferno = [
  '000004',
  '0b0724',
  '210c4a',
  '3d0965',
  '57106e',
  '71196e',
  '8a226a',
  'a32c61',
  'bc3754',
  'd24644',
  'e45a31',
  'f1731d',
  'f98e09',
  'fcac11',
  'f9cb35',
  'f2ea69',
  'fcffa4',
].map((hex) => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));

/**
 * A perceptually uniform colour map, from black over purple and orange to pale yellow.
 *
 * @returns 256 colours as [256, 3], 8 bits
 */
export function infernoTable(): Uint8Array {
  const table = new Uint8Array(256 * 3);
  for (let level = 0; level < 256; level++) {
    const position = (level / 255) * (inferno.length - 1);
    const below = Math.min(Math.floor(position), inferno.length - 2);
    for (let channel = 0; channel < 3; channel++) {
      const from = inferno[below]![channel]!;
      const to = inferno[below + 1]![channel]!;
      table[3 * level + channel] = Math.round(from + (to - from) * (position - below));
    }
  }
  return table;
}
