import { z } from 'zod';
import type { Conversion } from './conversion.js';
import { projParameters } from './conversion.js';
import type { ProjParameters } from './proj4-definition.js';

/** A keyword of WKT and what its brackets hold. */
interface Node {
  readonly keyword: string;
  readonly items: readonly (string | number | Node)[];
}

/**
 * The PROJ parameters of a system in WKT 1 (also ESRI's), WKT 2 or PROJJSON.
 * @returns undefined where it holds anything that is not understood; PROJ is the one to ask then
 */
export function wktParameters(text: string): ProjParameters | undefined {
  try {
    const conversion = text.startsWith('{') ? fromProjJson(JSON.parse(text)) : fromWkt(parse(text));
    return conversion && projParameters(conversion);
  } catch {
    return undefined;
  }
}

function parse(text: string): Node {
  const tokens =
    text.match(/"(?:[^"]|"")*"|[A-Za-z_][A-Za-z_0-9]*|[-+]?[\d.]+(?:[eE][-+]?\d+)?|[[\](),]/g) ?? [];
  let at = 0;
  const node = (): Node => {
    const keyword = tokens[at++]!.toUpperCase();
    const items: (string | number | Node)[] = [];
    if (tokens[at] !== '[' && tokens[at] !== '(') return { keyword, items };
    at++;
    while (at < tokens.length && !/^[\])]$/.test(tokens[at]!)) {
      const token = tokens[at]!;
      if (token === ',') at++;
      else if (token.startsWith('"')) items.push(tokens[at++]!.slice(1, -1));
      else if (/^[-+.\d]/.test(token)) items.push(Number(tokens[at++]));
      else items.push(node());
    }
    at++;
    return { keyword, items };
  };
  return node();
}

function child(node: Node, ...keywords: string[]): Node | undefined {
  return node.items.find((item): item is Node => typeof item === 'object' && keywords.includes(item.keyword));
}

function numberIn(node: Node | undefined, otherwise: number): number {
  return node?.items.find((item): item is number => typeof item === 'number') ?? otherwise;
}

const unitKeywords = ['UNIT', 'LENGTHUNIT', 'ANGLEUNIT', 'SCALEUNIT'];
const degree = Math.PI / 180;

function fromWkt(root: Node): Conversion | undefined {
  if (/^COMP/.test(root.keyword)) {
    const horizontal = child(
      root,
      'PROJCS',
      'GEOGCS',
      'PROJCRS',
      'PROJECTEDCRS',
      'GEOGCRS',
      'GEOGRAPHICCRS',
      'BOUNDCRS',
    );
    return horizontal && fromWkt(horizontal);
  }
  const projected = /^PROJ/.test(root.keyword) ? root : undefined;
  const base = projected
    ? child(projected, 'GEOGCS', 'BASEGEOGCRS', 'BASEGEODCRS')
    : /^GEO(G|D)/.test(root.keyword)
      ? root
      : undefined;
  const datum = base && child(base, 'DATUM', 'ENSEMBLE', 'GEODETICDATUM', 'TRF');
  const ellipsoid = datum && child(datum, 'SPHEROID', 'ELLIPSOID');
  if (!base || !ellipsoid || hasTurnedAxes(root)) return undefined;
  const [a, inverseFlattening] = ellipsoid.items.filter((item) => typeof item === 'number');
  const angle = unitOf(base, degree) / degree;
  const metres = projected ? unitOf(projected, 1) : 1;
  if (!projected && Math.abs(angle - 1) > 1e-9) return undefined;
  const shift = child(datum, 'TOWGS84')?.items.filter((item) => typeof item === 'number');
  const conversion = projected && (child(projected, 'CONVERSION') ?? projected);
  const method = conversion && child(conversion, 'PROJECTION', 'METHOD')?.items[0];
  return {
    method: typeof method === 'string' ? method : undefined,
    values: conversion ? valuesOf(conversion, angle, metres) : new Map(),
    ellipsoid: { a: a!, inverseFlattening: inverseFlattening ?? 0 },
    toWgs84: shift,
    metres,
    meridian: numberIn(child(base, 'PRIMEM', 'PRIMEMERIDIAN'), 0) * angle,
  };
}

/** The unit of the coordinates of a system: in WKT 2 it may stand with each axis. */
function unitOf(node: Node, otherwise: number): number {
  const own = child(node, ...unitKeywords) ?? child(child(node, 'AXIS') ?? node, ...unitKeywords);
  return numberIn(own, otherwise);
}

function valuesOf(conversion: Node, angle: number, metres: number): Map<string, number> {
  const values = new Map<string, number>();
  for (const item of conversion.items) {
    if (typeof item !== 'object' || item.keyword !== 'PARAMETER') continue;
    const name = String(item.items[0]);
    const value = numberIn(item, Number.NaN);
    const own = child(item, ...unitKeywords);
    const isLength = /easting|northing/i.test(name);
    const isAngle = /latitude|longitude|parallel|meridian|azimuth|angle/i.test(name);
    const factor = own ? numberIn(own, 1) / (isAngle ? degree : 1) : isLength ? metres : isAngle ? angle : 1;
    values.set(name, value * factor);
  }
  return values;
}

/** Systems that count west or south: left to PROJ. */
function hasTurnedAxes(root: Node): boolean {
  const axes = root.items.filter((item): item is Node => typeof item === 'object' && item.keyword === 'AXIS');
  return axes.some(({ items }) =>
    items.some((item) => /^(west|south)$/i.test(typeof item === 'object' ? item.keyword : String(item))),
  );
}

const unit = z.union([z.string(), z.object({ conversion_factor: z.number() })]);
const length = z.union([z.number(), z.object({ value: z.number(), unit })]);
const frame = z.object({
  ellipsoid: z.object({
    semi_major_axis: length.optional(),
    radius: length.optional(),
    inverse_flattening: z.number().optional(),
    semi_minor_axis: length.optional(),
  }),
  prime_meridian: z.object({ longitude: length }).optional(),
});
const axes = z.object({ axis: z.array(z.object({ direction: z.string(), unit })) });
const geographic = z.object({
  type: z.string().default('GeographicCRS'),
  datum: frame.optional(),
  datum_ensemble: frame.optional(),
  coordinate_system: axes.optional(),
});
const projected = z.object({
  type: z.literal('ProjectedCRS'),
  base_crs: geographic,
  conversion: z.object({
    method: z.object({ name: z.string() }),
    parameters: z.array(z.object({ name: z.string(), value: z.number(), unit })).default([]),
  }),
  coordinate_system: axes,
});

function fromProjJson(json: unknown): Conversion | undefined {
  const whole = projected.safeParse(json);
  const base = whole.success ? whole.data.base_crs : geographic.parse(json);
  const datum = base.datum ?? base.datum_ensemble;
  const system = whole.success ? whole.data.coordinate_system : base.coordinate_system;
  if (!datum || !whole.success !== /^Geographic/.test(base.type)) return undefined;
  if (system?.axis.some(({ direction }) => /west|south/.test(direction))) return undefined;
  const { semi_major_axis, radius, inverse_flattening = 0, semi_minor_axis } = datum.ellipsoid;
  const a = plain(semi_major_axis ?? radius);
  if (a === undefined || semi_minor_axis !== undefined) return undefined;
  const ownUnit = system?.axis[0]?.unit;
  if (!whole.success && ownUnit !== 'degree') return undefined;
  return {
    method: whole.success ? whole.data.conversion.method.name : undefined,
    values: new Map(
      whole.success
        ? whole.data.conversion.parameters.map(({ name, value, unit }) => [name, value * factorOf(unit)])
        : [],
    ),
    ellipsoid: { a, inverseFlattening: inverse_flattening },
    metres: whole.success ? factorOf(ownUnit!) : 1,
    meridian: plain(datum.prime_meridian?.longitude) ?? 0,
  };
}

/** PROJJSON writes degrees, metres and 1 as words, and gives others their SI factor. */
function factorOf(of: z.infer<typeof unit>): number {
  if (typeof of === 'string') return 1;
  const { conversion_factor } = of;
  return conversion_factor;
}

function plain(value: z.infer<typeof length> | undefined): number | undefined {
  if (value === undefined || typeof value === 'number') return value;
  return value.value * (typeof value.unit === 'string' ? 1 : value.unit.conversion_factor);
}
