import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { UserError } from '../../src/base/errors.js';
import { integer, randomStream } from '../../src/base/random.js';
import { damage, flip } from './damage.js';
import type { Kind } from './kinds.js';
import { kindNames, kinds } from './kinds.js';
import type { FuzzInput, FuzzTarget } from './target.js';

/** One damaged input, the same wherever it is drawn. */
export interface FuzzCase {
  readonly kind: Kind;
  readonly seed: number;
  readonly index: number;
}

/** What came of it. */
export interface CaseReport {
  readonly input: string;
  readonly verdict: 'refused' | 'same' | 'other' | 'finding';
  /** Of a finding: what is wrong. */
  readonly reason?: string;
  /** Bytes that the process has grown by, at its largest. */
  readonly grown: number;
}

/** Bytes that a case may take, whose input has some kilobytes and whose images two megapixels at most. */
const mostGrowth = 500 * 2 ** 20;

/** How a flip in a sealed part differs from all others: nothing may come of it but what came of the whole. */
interface Damaged {
  readonly bytes: Buffer;
  readonly isFlip: boolean;
}

/** Runs cases in this process, their inputs made once. */
export class CaseRunner {
  readonly #folder: string;
  readonly #targets = new Map<Kind, Promise<FuzzTarget>>();
  /** What undamaged inputs give. */
  readonly #whole = new Map<FuzzInput, string>();

  /** @param folder for files; the damaged input is left there as `input` */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async run(each: FuzzCase): Promise<CaseReport> {
    const target = await this.#open(each.kind);
    const random = randomStream(each.seed, kindNames.indexOf(each.kind), each.index);
    const input = target.inputs[integer(random, target.inputs.length)]!;
    const { bytes, isFlip } = damaged(target, input, random);
    await writeFile(join(this.#folder, 'input'), bytes);
    const windowSeed = integer(random, 2 ** 30);
    const read = (given: Buffer) => target.read(given, input, randomStream(windowSeed));
    const before = peakBytes();
    const outcome = await settled(read(bytes));
    const grown = peakBytes() - before;
    const report = { input: input.name, grown };
    if (outcome.fault !== undefined) return { ...report, verdict: 'finding', reason: outcome.fault };
    if (grown > mostGrowth) {
      return {
        ...report,
        verdict: 'finding',
        reason: `it took ${Math.round(grown / 2 ** 20)} MiB of memory`,
      };
    }
    // Some libraries close files after they have answered.
    for (let tries = 0; tries < 50 && openFiles(join(this.#folder, each.kind)).length > 0; tries++)
      await setTimeout(20);
    const open = openFiles(join(this.#folder, each.kind));
    if (open.length > 0 && each.kind !== 'http') {
      return { ...report, verdict: 'finding', reason: `it left files open: ${open.join(', ')}` };
    }
    if (outcome.result === undefined) return { ...report, verdict: 'refused' };
    const whole = this.#whole.get(input)!;
    const isSame = outcome.result === whole || target.isWithin?.(whole, outcome.result) === true;
    if (isSame) return { ...report, verdict: 'same' };
    if (!isFlip) return { ...report, verdict: 'other' };
    const reason = 'a flip that a checksum watches gives another result without a word';
    return { ...report, verdict: 'finding', reason };
  }

  async close(): Promise<void> {
    for (const target of this.#targets.values()) await (await target).close?.();
  }

  #open(kind: Kind): Promise<FuzzTarget> {
    const open = async () => {
      const folder = join(this.#folder, kind);
      await mkdir(folder, { recursive: true });
      const target = await kinds[kind](folder);
      for (const input of target.inputs) await this.#checkWhole(target, input);
      return target;
    };
    const target = this.#targets.get(kind) ?? open();
    this.#targets.set(kind, target);
    return target;
  }

  /** What the undamaged input gives. Inputs are small, so that they are read whole, whatever is drawn. */
  async #checkWhole(target: FuzzTarget, input: FuzzInput): Promise<void> {
    const whole = await target.read(input.bytes, input, randomStream(0)).catch((cause: unknown) => {
      if (input.isRefused && cause instanceof UserError) return 'refused';
      throw new Error(`${input.name} is refused before it is damaged`, { cause });
    });
    this.#whole.set(input, whole);
  }
}

function damaged(target: FuzzTarget, input: FuzzInput, random: () => number): Damaged {
  const { sealed = [] } = input;
  if (sealed.length > 0 && random() < 0.4) {
    return { bytes: flip(input.bytes, random, sealed[integer(random, sealed.length)]), isFlip: true };
  }
  const other = target.inputs[integer(random, target.inputs.length)]!;
  if (target.damage) return { bytes: target.damage(input, random, other), isFlip: false };
  return { bytes: damage(input.bytes, random, other.bytes, target.isText === true), isFlip: false };
}

async function settled(reading: Promise<string>): Promise<{ result?: string; fault?: string }> {
  try {
    return { result: await reading };
  } catch (error) {
    if (error instanceof UserError) return {};
    return {
      fault: `no UserError: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    };
  }
}

/** Files in a folder that this process has open, where the system tells. */
function openFiles(folder: string): string[] {
  const own = '/proc/self/fd';
  if (!existsSync(own)) return [];
  return readdirSync(own).flatMap((name) => {
    try {
      const path = readlinkSync(join(own, name));
      return path.startsWith(folder) ? [path] : [];
    } catch {
      // Closed meanwhile.
      return [];
    }
  });
}

/** Largest resident size of this process so far. */
function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
