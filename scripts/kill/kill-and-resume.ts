import type { ChildProcess } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A program that writes one file at its end, prints a line of JSON with `resumedTiles`, the number of tiles that it found
 * finished, and can be killed at any time.
 */
export interface KillableProgram {
  /** Starts it; it takes up what an earlier one has left. */
  readonly start: () => { readonly process: ChildProcess; readonly finished: Promise<ProgramEnd> };
  /** The file it writes. */
  readonly out: string;
  /** Folder of the journal of its finished tiles; stays when it is done. */
  readonly state: string;
}

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** When a program is killed: so many milliseconds after so many more tiles are finished. */
export interface Moment {
  readonly tiles: number;
  readonly milliseconds: number;
}

/** What has been seen; everything that must not happen has been thrown. */
export interface KillFigures {
  readonly kills: number;
  /** How many of them left no finished tile, some, and all. */
  readonly killsWithTiles: { readonly none: number; readonly some: number; readonly all: number };
  /** Runs that came to their end, with the same bytes; the next one started anew. */
  readonly finishedRuns: number;
  readonly tiles: number;
  /** Of a run that was left alone. */
  readonly seconds: number;
}

/** Milliseconds between looks at the journal. */
const lookMilliseconds = 5;

/**
 * Kills a program (SIGKILL) again and again and runs it again, and compares what it writes in the end with what it writes
 * when it is left alone.
 *
 * @param moment when to kill, asked before each run; told how long a run takes that is left alone, in milliseconds
 * @throws Error when the output differs by a byte, is there before it is whole, or a finished tile is lost, computed again
 *   or written twice
 */
export async function killAndResume(
  program: KillableProgram,
  kills: number,
  moment: (wholeMilliseconds: number) => Moment,
): Promise<KillFigures> {
  await startOver(program);
  const started = performance.now();
  await runToEnd(program);
  const milliseconds = performance.now() - started;
  const expected = await readFile(program.out);
  const { tiles: count } = await finishedTiles(program.state);
  await startOver(program);
  let done = 0;
  let finishedRuns = 0;
  const killsWithTiles = { none: 0, some: 0, all: 0 };
  while (done < kills) {
    const wasKilled = await runKilled(program, moment(milliseconds), expected);
    if (!wasKilled) {
      await checkOutput(program, expected, count);
      await startOver(program);
      finishedRuns++;
      continue;
    }
    done++;
    const { tiles } = await finishedTiles(program.state);
    killsWithTiles[tiles === 0 ? 'none' : tiles < count ? 'some' : 'all']++;
  }
  await runToEnd(program);
  await checkOutput(program, expected, count);
  finishedRuns++;
  return { kills: done, killsWithTiles, finishedRuns, tiles: count, seconds: milliseconds / 1000 };
}

async function startOver({ out, state }: KillableProgram): Promise<void> {
  await rm(out, { force: true });
  await rm(state, { recursive: true, force: true });
}

async function runToEnd(program: KillableProgram): Promise<void> {
  const before = await finishedTiles(program.state);
  checkEnd(await program.start().finished, before);
  await checkKept(program, before);
}

/** @returns whether it was killed; false when it came to its end before */
async function runKilled(program: KillableProgram, at: Moment, expected: Buffer): Promise<boolean> {
  const before = await finishedTiles(program.state);
  const { process: child, finished } = program.start();
  const killing = killAt(child, program.state, before.tiles + at.tiles, at.milliseconds);
  const end = await finished;
  await killing;
  await checkKept(program, before);
  if (end.signal !== 'SIGKILL') {
    checkEnd(end, before);
    return false;
  }
  // Killed after it was written it may be there, but never in part.
  const written = await readFile(program.out).catch(() => undefined);
  if (written && !written.equals(expected)) throw new Error(`${program.out} was left half-written`);
  return true;
}

/** Kills a process so long after its journal has so many tiles, unless it has ended. */
async function killAt(child: ChildProcess, state: string, tiles: number, milliseconds: number) {
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  while (!hasEnded() && (await finishedTiles(state)).tiles < tiles) await pause(lookMilliseconds);
  const until = performance.now() + milliseconds;
  while (!hasEnded() && performance.now() < until) {
    await pause(Math.min(50, Math.max(0, until - performance.now())));
  }
  child.kill('SIGKILL');
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function checkEnd({ code, signal, stdout, stderr }: ProgramEnd, before: JournalLines): void {
  if (code !== 0) throw new Error(`it ended with ${signal ?? `code ${code}`}:\n${stderr}`);
  const { resumedTiles } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { resumedTiles: number };
  if (resumedTiles === before.tiles) return;
  throw new Error(`it took up ${resumedTiles} tiles of the ${before.tiles} that were finished`);
}

/** The journal's whole lines must be there unchanged. */
async function checkKept({ state }: KillableProgram, before: JournalLines): Promise<void> {
  const after = await finishedTiles(state);
  if (!after.text.startsWith(before.text)) throw new Error(`${state} has lost or changed finished tiles`);
}

async function checkOutput({ out, state }: KillableProgram, expected: Buffer, count: number): Promise<void> {
  if (!(await readFile(out)).equals(expected))
    throw new Error(`${out} has other bytes than a run left alone`);
  const numbers = (await finishedTiles(state)).numbers.toSorted((a, b) => a - b);
  if (numbers.length !== count || numbers.some((tile, index) => tile !== index)) {
    throw new Error(`${state} has the tiles ${numbers.join(', ')}, not each of ${count} once`);
  }
}

export interface JournalLines {
  readonly tiles: number;
  readonly numbers: readonly number[];
  /** All lines that are whole. */
  readonly text: string;
}

/** What a journal says, if there is one; a line that a kill left half-written does not count. */
export async function finishedTiles(state: string): Promise<JournalLines> {
  const files = await readdir(state).catch(() => []);
  const names = files.filter((name) => name.endsWith('.jsonl'));
  if (names.length > 1) throw new Error(`${state} has several journals: ${names.join(', ')}`);
  const all = names[0] === undefined ? '' : await readFile(join(state, names[0]), 'utf8');
  const text = all.slice(0, all.lastIndexOf('\n') + 1);
  // The first line is the header.
  const numbers = text
    .split('\n')
    .slice(1, -1)
    .map((line) => (JSON.parse(line) as { tile: number }).tile);
  return { tiles: numbers.length, numbers, text };
}
