import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cocoCases } from '../../evaluate/coco-metrics/coco-cases.js';
import { runCli } from '../run-cli.js';

const fixture = cocoCases()[0]!;
let folder: string;
let labels: string;
let results: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-evaluate-'));
  [labels, results] = [join(folder, 'labels.json'), join(folder, 'results.json')];
  const images = fixture.images.map((id) => ({ id, file_name: `${id}.jpg`, width: 1000, height: 1000 }));
  const categories = fixture.categories.map((id) => ({ id, name: `class ${id}` }));
  const annotations = fixture.annotations.map(([image_id, category_id, x, y, w, h, area, iscrowd], id) => {
    return { id, image_id, category_id, bbox: [x, y, w, h], area, iscrowd };
  });
  const found = fixture.detections.map(([image_id, category_id, x, y, w, h, score]) => {
    return { image_id, category_id, bbox: [x, y, w, h], score };
  });
  await writeFile(labels, JSON.stringify({ images, categories, annotations }));
  await writeFile(results, JSON.stringify(found));
});
afterAll(() => rm(folder, { recursive: true }));

describe('vil evaluate --detections', () => {
  it('prints what pycocotools says of the same files', async () => {
    const { code, stdout } = await runCli('evaluate', '--data', labels, '--detections', results, '--json');
    expect(code).toBe(0);
    const scores = JSON.parse(stdout);
    const names = ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'AR1', 'AR10', 'AR100', 'ARs', 'ARm', 'ARl'];
    for (const [index, name] of names.entries()) {
      expect(scores[name]).toBeCloseTo(fixture.expected[index]!, 9);
      expect(scores.classAgnostic[name]).toBeCloseTo(fixture.classAgnostic[index]!, 9);
    }
    expect(scores).toMatchObject({ images: 4, objects: fixture.annotations.length });
  });

  it('prints a report without --json', async () => {
    const { stdout } = await runCli(
      'evaluate',
      '--data',
      labels,
      '--detections',
      results,
      '--threshold',
      '0.5',
    );
    expect(stdout).toMatch(/classes apart {2}0\.203 {2}0\.372/);
    expect(stdout).toMatch(/score >= 0\.500: precision 0\.\d+/);
  });

  it('says what is wrong in one line', async () => {
    const { code, stderr } = await runCli('evaluate', '--data', labels, '--detections', labels);
    expect(code).toBe(1);
    expect(stderr).toMatch(/labels\.json is no list of COCO results/);
    const split = await runCli('evaluate', '--data', labels, '--detections', results, '--split', 'test');
    expect(split.stderr).toMatch(/labels\.json is not divided into splits/);
  });
});
