import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadLocal } from '../../../server/models/load-local.js';
import type { RunningServer } from '../../../server/start-server.js';
import { readDescription } from '../../../src/checkpoint/model-folder.js';
import { resolveModel } from '../../../src/checkpoint/resolve-model.js';
import { standIn, startWith } from '../running-server.js';

let server: RunningServer;
beforeAll(async () => {
  server = await startWith([standIn(), () => loadLocal({ model: 'aircraft' })]);
}, 60_000);
afterAll(() => server.close());

it('says licence, threshold, ground sampling distance and figures, where a model folder says them', async () => {
  const { models } = await (await fetch(`${server.url}/v1/models`)).json();
  const { about, operatingPoint, gsd } = await readDescription(resolveModel('aircraft'));
  expect(models[1]).toMatchObject({
    name: 'aircraft',
    licence: 'CC-BY-NC-SA-4.0',
    summary: about!.summary,
    threshold: operatingPoint!.threshold,
    gsd,
    figures: about!.figures,
  });
  expect(Object.keys(models[0])).toEqual(['name', 'task', 'labels', 'stride']);
});
