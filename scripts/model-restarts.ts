/**
 * Kills the process of a model (kill -9) under a server again and again, asks the server at once, and takes the time until it
 * answers; prints one line of JSON for each model: `npm run build && npx tsx scripts/model-restarts.ts [--models land-use aircraft]
 * [--kills 7] [--image scene.jpg]`
 *
 * Answers come from the built package, as users have it. Beside the clock, which says little on a machine that others use, stands the
 * processor time that the new process has taken by then, on all its threads, the answer included. Linux only: processes are found in
 * /proc.
 */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { exampleImage } from '../src/base/example-image.js';
import { packageRoot } from '../src/base/package-root.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    models: { type: 'string', multiple: true, default: ['land-use', 'aircraft'] },
    kills: { type: 'string', default: '7' },
    image: { type: 'string', default: exampleImage() },
  },
});
const image = await readFile(values.image);

for (const model of [...values.models, ...positionals]) await measure(model, Number(values.kills));

async function measure(model: string, kills: number): Promise<void> {
  const server = spawn(
    process.execPath,
    [join(packageRoot(), 'dist', 'src', 'cli', 'main.js'), 'serve', '--port', '0', '--model', model],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let said = '';
      for (const stream of [server.stdout, server.stderr]) {
        stream.on('data', (part) => {
          said += part;
          const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
          if (found) resolve(found);
        });
      }
      server.on('exit', () => reject(new Error(`the server has ended:\n${said}`)));
    });
    while ((await fetch(`${url}/readyz`)).status !== 200) await pause(100);
    const { models } = (await (await fetch(`${url}/v1/models`)).json()) as { models: { task: string }[] };
    const path = `${url}/v1/${models[0]!.task}`;
    const usual: number[] = [];
    for (let request = 0; request < kills; request++) usual.push(await answered(path));
    const back: number[] = [];
    const processor: number[] = [];
    for (let kill = 0; kill < kills; kill++) {
      process.kill(await modelProcess(server.pid!), 'SIGKILL');
      back.push(await answered(path));
      processor.push(await processorSeconds(await modelProcess(server.pid!)));
    }
    const round = (seconds: number) => Math.round(100 * seconds) / 100;
    const [load] = loadavg();
    const figures = {
      ...{ figure: 'model-restart', model, kills },
      usualSeconds: round(median(usual)),
      backSeconds: { median: round(median(back)), most: round(Math.max(...back)) },
      backProcessorSeconds: round(median(processor)),
      load: round(load!),
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  } finally {
    server.kill('SIGKILL');
  }
}

/** Seconds until a request is answered; one that is turned away is sent again. */
async function answered(path: string): Promise<number> {
  const began = performance.now();
  for (;;) {
    const response = await fetch(path, { method: 'POST', body: new Uint8Array(image) });
    await response.arrayBuffer();
    if (response.status === 200) return (performance.now() - began) / 1000;
    if (response.status !== 503) throw new Error(`${path} answers ${response.status}`);
    await pause(20);
  }
}

/** The one process under a server that has a model in it. */
async function modelProcess(server: number): Promise<number> {
  const children = (await readFile(`/proc/${server}/task/${server}/children`, 'utf8')).trim().split(' ');
  for (const child of children) {
    const command = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
    if (command.includes('model-process')) return Number(child);
  }
  throw new Error(`the server ${server} has no process of a model`);
}

/** Processor time of a process so far: user and system, in hundredths of a second as Linux tells it. */
async function processorSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}
