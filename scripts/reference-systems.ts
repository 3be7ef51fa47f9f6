/*
 * Compares where positions in every current EPSG and ESRI reference system lie with what pyproj says, at nine points of each area of use:
 *
 *   PYTHON=/path/to/python npx tsx scripts/reference-systems.ts [--from 0] [--count 2000] [--only EPSG:27700]
 *
 * PYTHON needs pyproj; without it there is nothing to compare with. Grids are used by neither. --from and --count take a part of the list,
 * which has some 7,500 systems.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { unprojectFrom } from '../src/geo/projection.js';

/** A system, and positions in it with their longitude and latitude. */
interface Listed {
  readonly code: string;
  readonly kind: string;
  readonly points: readonly (readonly [x: number, y: number, longitude: number, latitude: number])[];
  readonly error?: string;
}

/** Metres that count as the same. */
const tolerance = 0.01;

const options = parseArgs({
  options: {
    from: { type: 'string', default: '0' },
    count: { type: 'string', default: '100000' },
    only: { type: 'string' },
  },
}).values;

const python = process.env.PYTHON ?? 'python3';
if (spawnSync(python, ['-c', 'import pyproj']).status !== 0) {
  console.log(`Skipped: ${python} has no pyproj to compare with. Give one by PYTHON=/path/to/python.`);
  process.exit(0);
}
compare();

function compare(): void {
  const script = fileURLToPath(new URL('raster/list-systems.py', import.meta.url));
  const only = options.only === undefined ? [] : [options.only];
  const text = execFileSync(python, [script, ...only], { maxBuffer: 2 ** 30, encoding: 'utf8' });
  const from = Number(options.from);
  const listed = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Listed)
    .slice(from, from + Number(options.count));
  const counts = new Map<string, Record<string, number>>();
  for (const system of listed) {
    const { outcome, detail } = compareSystem(system);
    const row = `${system.code.split(':')[0]} ${system.kind}`;
    const count = counts.get(row) ?? {};
    count[outcome] = (count[outcome] ?? 0) + 1;
    counts.set(row, count);
    if (outcome !== 'same' && outcome !== 'no points') console.log(`${system.code}: ${outcome} ${detail}`);
  }
  console.table(Object.fromEntries(counts));
}

function compareSystem({ code, points, error }: Listed): { outcome: string; detail: string } {
  if (points.length === 0) return { outcome: 'no points', detail: error ?? '' };
  try {
    const unproject = unprojectFrom(code, code);
    const worst = Math.max(...points.map(([x, y, ...expected]) => metresApart(unproject(x, y), expected)));
    return { outcome: worst <= tolerance ? 'same' : 'otherwise', detail: `${worst.toPrecision(3)} m` };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return {
      outcome: /not known|unknown/i.test(message) ? 'not known' : 'refused',
      detail: message.slice(0, 160),
    };
  }
}

/** On a sphere, for points next to each other. */
function metresApart([a, b]: readonly number[], [c, d]: readonly number[]): number {
  const degree = (Math.PI / 180) * 6_378_137;
  const longitude = a! - c! - 360 * Math.round((a! - c!) / 360);
  return degree * Math.hypot(longitude * Math.cos((b! * Math.PI) / 180), b! - d!);
}
