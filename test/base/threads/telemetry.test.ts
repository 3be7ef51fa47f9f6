import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { doublingModel } from '../../runtime/session/doubling-model.js';

// On one line: what ONNX Runtime matches against the command line stops at its first line break.
const program = `
  import { readFileSync } from 'node:fs';
  import { Session } from './src/runtime/session/session.ts';
  const session = await Session.open({ model: readFileSync(process.env.MODEL), threads: 1 });
  const { y } = await session.run({ x: { data: Float32Array.of(21), shape: [1] } });
  await session.close();
  console.log(y.data[0]);`.replaceAll('\n', ' ');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telemetry-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('opens a session under a long command line and leaves nothing in the home folder', async () => {
  const home = join(folder, 'home');
  const model = join(folder, 'doubling.onnx');
  await writeFile(model, doublingModel());
  const files = Array.from({ length: 1000 }, (_, index) => `a-rather-long-folder/photograph-${index}.jpeg`);
  // ONNX Runtime stays silent by itself where CI is set.
  const { CI: _, ORT_DISABLE_TELEMETRY: __, ...environment } = process.env;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', program, ...files],
    {
      cwd: process.cwd(),
      env: { ...environment, HOME: home, XDG_CACHE_HOME: join(home, 'cache'), MODEL: model },
    },
  );
  expect(stdout.trim()).toBe('42');
  expect(await readdir(folder)).toEqual(['doubling.onnx']);
});
