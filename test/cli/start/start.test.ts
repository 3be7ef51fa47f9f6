import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { exampleImage } from '../../../src/base/example-image.js';
import { startCli } from '../run-cli.js';

it('vil start shows what the models make of the example, then serves them', {
  timeout: 300_000,
}, async () => {
  const program = startCli('start', '--port', '0');
  const url = (await program.printed(/Listening on (http:\S+?):? /))[1]!;
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const body = new Uint8Array(await readFile(exampleImage()));
  const classified = await (await fetch(`${url}/v1/classify?top_k=1`, { method: 'POST', body })).json();
  const detected = await (await fetch(`${url}/v1/detect`, { method: 'POST', body })).json();
  program.process.kill('SIGTERM');
  const { code, stdout, stderr } = await program.finished;
  expect([code, stderr]).toEqual([0, '']);
  const [{ label, score }] = classified.predictions;
  expect(stdout).toMatch(new RegExp(`^Label +${label}, score ${score.toFixed(2)} `, 'm'));
  const count = detected.predictions.length;
  expect(count).toBeGreaterThan(30);
  expect(stdout).toMatch(new RegExp(`^ +car +${count}, scores `, 'm'));
});
