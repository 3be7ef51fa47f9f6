/**
 * Damages inputs of every kind (flips bits, cuts, joins, puts odd numbers and words in) and reads them as users do:
 *
 *   npx tsx scripts/fuzz.ts --minutes 2 --seed 1 [--only tiff --only http] [--cases <most of a kind>] [--keep folder]
 *   npx tsx scripts/fuzz.ts --seed 1 --only tiff --case 123
 *
 * Right is: a result, a UserError, or a problem document of the server (4xx, or one of the documented 503). A finding is: a crash of
 * the process, another error, no end in time, another status, memory beyond bounds, or a result that differs from that of the
 * undamaged input without a word where the format has a checksum. Cases run in a process of their own, so that a crash ends one
 * case. What is drawn depends on seed, kind and number of the case alone. The input of each finding is kept in a folder; ends with
 * exit code 1 when there is any.
 */
import { copyFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CaseHost } from './fuzz/case-host.js';
import type { Kind } from './fuzz/kinds.js';
import { kindNames } from './fuzz/kinds.js';
import type { CaseReport, FuzzCase } from './fuzz/run-case.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    cases: { type: 'string', default: '1000000000' },
    only: { type: 'string', multiple: true, default: [] },
    case: { type: 'string' },
    keep: { type: 'string', default: join(tmpdir(), 'fuzz-findings') },
  },
});
const unknown = values.only.find((name) => !(kindNames as readonly string[]).includes(name));
if (unknown !== undefined) throw new Error(`No kind is called ${unknown}, only ${kindNames.join(', ')}.`);
const chosen = values.only.length > 0 ? (values.only as Kind[]) : kindNames;
const [seed, minutes, most] = [Number(values.seed), Number(values.minutes), Number(values.cases)];
if (!Number.isInteger(seed) || !(minutes > 0) || !(most > 0))
  throw new Error('--seed takes an integer, --minutes and --cases a positive number.');

const counts = new Map(chosen.map((kind) => [kind, { refused: 0, same: 0, other: 0, finding: 0 }]));
const seconds = new Map(chosen.map((kind) => [kind, 0]));
const host = new CaseHost();
try {
  if (values.case !== undefined) {
    for (const kind of chosen) await run({ kind, seed, index: Number(values.case) });
  } else {
    const end = Date.now() + 60_000 * minutes;
    for (let index = 0; index < most && Date.now() < end; index++) {
      for (const kind of chosen) if (Date.now() < end) await run({ kind, seed, index });
    }
  }
} finally {
  await host.dispose();
}
console.log(
  '| kind | cases | refused | same | other result | findings | seconds |\n|---|---|---|---|---|---|---|',
);
for (const [kind, { refused, same, other, finding }] of counts) {
  console.log(
    `| ${kind} | ${refused + same + other + finding} | ${refused} | ${same} | ${other} | ${finding} | ${seconds.get(kind)!.toFixed(1)} |`,
  );
}
const findings = [...counts.values()].reduce((sum, { finding }) => sum + finding, 0);
const cases = [...counts.values()]
  .flatMap((each) => Object.values(each))
  .reduce((sum, count) => sum + count, 0);
console.log(`\n${cases} cases with seed ${seed}, ${findings} findings.`);
if (findings > 0) process.exitCode = 1;

async function run(each: FuzzCase): Promise<void> {
  const started = performance.now();
  const report = await host.run(each);
  seconds.set(each.kind, seconds.get(each.kind)! + (performance.now() - started) / 1000);
  counts.get(each.kind)![report.verdict]++;
  if (report.verdict === 'finding') await tell(each, report);
  else if (values.case !== undefined) console.log(JSON.stringify(report));
}

async function tell({ kind, index }: FuzzCase, { input, reason }: CaseReport): Promise<void> {
  await mkdir(values.keep, { recursive: true });
  const kept = join(values.keep, `${kind}-${seed}-${index}`);
  await copyFile(host.inputPath, kept).catch(() => undefined);
  console.log(`FINDING in ${kind} (${input}): ${reason}`);
  console.log(
    `  again: npx tsx scripts/fuzz.ts --seed ${seed} --only ${kind} --case ${index}; input: ${kept}\n`,
  );
}
