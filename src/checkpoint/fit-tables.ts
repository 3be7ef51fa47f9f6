import type { ParameterShapes } from '../../models/image-model.js';
import type { NamedArray, NamedArrays } from '../tensor/named-arrays.js';
import { resizeGridArray } from './resize-table.js';

/** Weights whose tables have the sizes that a model wants, and what was done to them. */
export interface FittedTables {
  readonly weights: NamedArrays;
  /** Names of the tables that were resized. */
  readonly resized: readonly string[];
}

/**
 * Resizes position and relative-bias tables that were made for another image size or window: tables of rows and of
 * columns and square bias tables linearly, as the original code does; tables for a whole square grid bicubically. All
 * else is passed on as it is, for the check of shapes to judge.
 */
export function fitTables(weights: NamedArrays, shapes: ParameterShapes): FittedTables {
  const resized: string[] = [];
  const fitted = Object.entries(weights).map(([name, array]) => {
    const shape = shapes[name];
    if (!shape || String(shape) === String(array.shape)) return [name, array] as const;
    const result = fitTable(name, array, shape);
    if (result !== array) resized.push(name);
    return [name, result] as const;
  });
  return { weights: Object.fromEntries(fitted), resized };
}

function fitTable(name: string, array: NamedArray, shape: readonly number[]): NamedArray {
  const { data, shape: found } = array;
  if (found.length !== shape.length || found.at(-1) !== shape.at(-1)) return array;
  // Cells are the first axis of a bias table [cells, heads] and the second of positions [1, cells, width].
  const axis = shape.length - 2;
  const [from, to] = [found[axis]!, shape[axis]!];
  if (/\.[xy]_pos_embed$/.test(name)) {
    return { shape, data: resizeGridArray(data, [from, 1], [to, 1], 'bilinear') };
  }
  const isBias = name.endsWith('.local_relative_position_bias_table');
  const [fromSide, toSide] = [Math.sqrt(from), Math.sqrt(to)];
  const isSquare = Number.isInteger(fromSide) && Number.isInteger(toSide);
  if (!isSquare || !(isBias || name.endsWith('.pos_embed'))) return array;
  const method = isBias ? 'bilinear' : 'bicubic';
  return { shape, data: resizeGridArray(data, [fromSide, fromSide], [toSide, toSide], method) };
}
