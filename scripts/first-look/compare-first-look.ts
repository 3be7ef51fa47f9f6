/*
 * Runs `vil detect` on a scene or on tiles with a first look and without one, in turns, and compares: how many times as fast, how
 * much was looked at in full, and how many of the objects of the full run the other has as well.
 *
 *   npm run build
 *   npx tsx scripts/first-look/compare-first-look.ts --scenes mixed.tif [--first-look on] [--rounds 3] [--against <checkout>]
 *
 * With `--against` the full run is made by the build of another checkout. Prints a line of JSON.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from '../../src/benchmark/timing.js';

const { values } = parseArgs({
  options: {
    scenes: { type: 'string', multiple: true },
    model: { type: 'string', default: 'aircraft' },
    'first-look': { type: 'string', default: 'on' },
    rounds: { type: 'string', default: '3' },
    threshold: { type: 'string', default: '0.35' },
    found: { type: 'string', default: '0.05' },
    iou: { type: 'string', default: '0.9' },
    against: { type: 'string', default: '.' },
  },
});
const scenes = values.scenes ?? [];
const folder = mkdtempSync(join(tmpdir(), 'first-look-'));

interface Run {
  readonly seconds: number;
  readonly looked: number;
  readonly windows: number;
  /** Of each scene. */
  readonly boxes: number[][][];
}

/** Runs the command on all scenes. */
function run(checkout: string, name: string, extra: readonly string[]): Run {
  const out = join(folder, name);
  mkdirSync(out);
  const command = [join(resolve(checkout), 'dist/src/cli/main.js'), 'detect', ...scenes];
  const options = ['--model', values.model, '--threshold', values.found, '--format', 'csv', '--json'];
  const started = performance.now();
  const text = execFileSync('node', [...command, '--out', `${out}/`, ...options, ...extra], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    cwd: resolve(checkout),
    maxBuffer: 2 ** 28,
  });
  const seconds = (performance.now() - started) / 1000;
  const reports = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const boxes = reports.map(({ out: path }: { out: string }) => boxesOf(readFileSync(path, 'utf8')));
  const sum = (key: string) => reports.reduce((total, { firstLook }) => total + (firstLook?.[key] ?? 0), 0);
  rmSync(out, { recursive: true });
  return { seconds, looked: sum('looked'), windows: sum('windows'), boxes };
}

/** xmin, ymin, xmax, ymax, score of each line. */
function boxesOf(csv: string): number[][] {
  const [head, ...lines] = csv.trim().split(/\r?\n/);
  const columns = head!.split(',');
  const at = ['xmin', 'ymin', 'xmax', 'ymax', 'score'].map((name) => columns.indexOf(name));
  return lines.map((line) => {
    const fields = line.split(',');
    return at.map((column) => Number(fields[column]));
  });
}

function iou(a: readonly number[], b: readonly number[]): number {
  const width = Math.min(a[2]!, b[2]!) - Math.max(a[0]!, b[0]!);
  const height = Math.min(a[3]!, b[3]!) - Math.max(a[1]!, b[1]!);
  if (width <= 0 || height <= 0) return 0;
  const area = (box: readonly number[]) => (box[2]! - box[0]!) * (box[3]! - box[1]!);
  return (width * height) / (area(a) + area(b) - width * height);
}

const [full, part]: [Run[], Run[]] = [[], []];
for (let round = 0; round < Number(values.rounds); round++) {
  full.push(run(values.against, 'full', []));
  part.push(run('.', 'part', ['--first-look', values['first-look']]));
}
const least = Number(values.threshold);
const wanted = full[0]!.boxes.flatMap((boxes, scene) =>
  boxes.filter((box) => box[4]! >= least).map((box) => ({ box, scene })),
);
const best = wanted.map(({ box, scene }) =>
  Math.max(0, ...part[0]!.boxes[scene]!.map((other) => iou(box, other))),
);
const ratios = full.map(({ seconds }, round) => seconds / part[round]!.seconds);
const { looked, windows } = part[0]!;
process.stdout.write(
  `${JSON.stringify({
    timesAsFast: median(ratios),
    ratios,
    share: looked / windows,
    objects: wanted.length,
    found: best.filter((value) => value >= Number(values.iou)).length,
    foundAtHalf: best.filter((value) => value >= 0.5).length,
    worst: best.filter((value) => value < Number(values.iou)).sort((a, b) => a - b),
  })}\n`,
);
rmSync(folder, { recursive: true, force: true });
