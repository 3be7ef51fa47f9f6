import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { readAnnotations } from '../../../datasets/annotations/read-annotations.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-wrong-'));
});

async function put(name: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), content);
}

async function putImage(name: string): Promise<void> {
  const image = sharp({ create: { width: 40, height: 20, channels: 3, background: '#345' } });
  await put(name, await image.png().toBuffer());
}

async function readTelling(path: string) {
  const problems: string[] = [];
  const set = await readAnnotations(path, { onProblem: (problem) => problems.push(problem) });
  return { problems, objects: set.images.map(({ objects }) => objects.length) };
}

/** Refused as a whole without somebody to tell; with one, what is wrong is told and the rest is there. */
async function expectTold(path: string, objects: readonly number[], problems: readonly RegExp[]) {
  await expect(readAnnotations(path)).rejects.toThrow(problems[0]);
  const read = await readTelling(path);
  expect(read.objects).toEqual(objects);
  expect(read.problems).toHaveLength(problems.length);
  for (const [at, pattern] of problems.entries()) expect(read.problems[at]).toMatch(pattern);
}

describe('labels with single faults', () => {
  it('in COCO: unknown ids, boxes turned inside out', async () => {
    const annotation = { image_id: 1, category_id: 1, bbox: [1, 1, 5, 5] };
    const labels = {
      images: [{ id: 1, file_name: 'a.png', width: 40, height: 20 }],
      categories: [{ id: 1, name: 'ship' }],
      annotations: [
        annotation,
        { ...annotation, bbox: [1, 1, -5, 5] },
        { ...annotation, image_id: 7 },
        { ...annotation, category_id: 9 },
        annotation,
      ],
    };
    await put('a.json', JSON.stringify(labels));
    await expectTold(
      join(folder, 'a.json'),
      [2],
      [/annotations.*1.*bbox/, /annotations\[1\] has image_id 7/, /category_id 9/],
    );
  });

  it('in YOLO: unknown classes, words, an image that is none', async () => {
    await putImage('images/a.png');
    await put('classes.txt', 'ship\n');
    await put('labels/a.txt', '0 0.5 0.5 0.2 0.2\n4 0.5 0.5 0.2 0.2\n0 x 0.5 0.2 0.2\n0 0.1 0.5 0.2 0.2\n');
    await expectTold(folder, [2], [/a\.txt, line 2: class 4/, /line 3: field 2, 'x'/]);
    await put('images/b.png', 'no image');
    const { problems, objects } = await readTelling(folder);
    expect(objects).toEqual([2]);
    expect(problems.join()).toMatch(/b\.png/);
  });

  it('in DOTA: lines, label files without an image', async () => {
    await putImage('images/a.png');
    await put('labelTxt/a.txt', '1 1 5 1 5 5 1 5 ship 0\n1 1 5 1 ship 0\n');
    await put('labelTxt/b.txt', '1 1 5 1 5 5 1 5 ship 0\n');
    const read = await readTelling(folder);
    expect(read.objects).toEqual([1]);
    expect(read.problems).toHaveLength(2);
    expect(read.problems.join('\n')).toMatch(/a\.txt, line 2: 6 fields/);
    expect(read.problems.join('\n')).toMatch(/b\.txt has no image/);
  });

  it('in Pascal VOC: boxes outside and inside out, a file that is no XML', async () => {
    const box = (xmin: number, xmax: number) =>
      `<object><name>ship</name><bndbox><xmin>${xmin}</xmin><ymin>1</ymin><xmax>${xmax}</xmax><ymax>9</ymax></bndbox></object>`;
    await putImage('JPEGImages/a.png');
    await put('Annotations/a.xml', `<annotation>${box(1, 9)}${box(50, 60)}${box(9, 1)}</annotation>`);
    await put('Annotations/b.xml', '<annotation><object>');
    const read = await readTelling(folder);
    expect(read.objects).toEqual([1]);
    expect(read.problems).toHaveLength(3);
    expect(read.problems.join('\n')).toMatch(/not XML/);
    expect(read.problems.join('\n')).toMatch(/inside out/);
    expect(read.problems.join('\n')).toMatch(/outside the image/);
  });
});
