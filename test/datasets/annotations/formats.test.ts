import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseDota } from '../../../datasets/annotations/dota.js';
import { readAnnotations } from '../../../datasets/annotations/read-annotations.js';
import { parseVoc } from '../../../datasets/annotations/voc.js';
import { parseYolo } from '../../../datasets/annotations/yolo.js';
import { UserError } from '../../../src/base/errors.js';
import { labelFolder } from './label-folder.js';

const folders: string[] = [];
async function written(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await labelFolder(files);
  folders.push(folder);
  return folder;
}
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

const coco = {
  images: [{ id: 7, file_name: 'a.jpg', width: 100, height: 50 }],
  categories: [
    { id: 9, name: 'ship' },
    { id: 2, name: 'plane' },
  ],
  annotations: [
    { id: 1, image_id: 7, category_id: 9, bbox: [90, 40, 20, 20], area: 123, iscrowd: 0 },
    {
      id: 2,
      image_id: 7,
      category_id: 2,
      bbox: [5, 6, 0, 3],
      segmentation: { counts: [1, 2], size: [50, 100] },
      iscrowd: 1,
    },
  ],
};

async function cocoFile(change: (file: typeof coco) => unknown): Promise<string> {
  const folder = await written({});
  const path = join(folder, 'labels.json');
  await writeFile(path, JSON.stringify(change(structuredClone(coco))));
  return path;
}

describe('COCO', () => {
  it('keeps boxes as written, crowds, and areas; labels in the order of the ids', async () => {
    const path = await cocoFile((file) => file);
    const { labels, categoryIds, images } = await readAnnotations(path, { images: '/images' });
    expect(categoryIds).toEqual([2, 9]);
    expect(labels).toEqual(['plane', 'ship']);
    expect(images).toEqual([
      {
        id: 7,
        path: '/images/a.jpg',
        width: 100,
        height: 50,
        objects: [
          { box: [90, 40, 110, 60], label: 1, crowd: false, area: 123 },
          { box: [5, 6, 5, 9], label: 0, crowd: true, area: 0 },
        ],
      },
    ]);
  });

  it.each([
    ['annotations[0].bbox[2]', (file: typeof coco) => file.annotations[0]!.bbox.splice(2, 1, -1)],
    ['images[0].width', (file: typeof coco) => Object.assign(file.images[0]!, { width: '100' })],
    [
      'annotations[1] has image_id 8, which the file does not describe. Ids of its images: 7.',
      (file: typeof coco) => Object.assign(file.annotations[1]!, { image_id: 8 }),
    ],
    ['category_id 3', (file: typeof coco) => Object.assign(file.annotations[0]!, { category_id: 3 })],
    ['images has the id 7 more than once', (file: typeof coco) => file.images.push(file.images[0]!)],
  ])('names what is wrong: %s', async (message, spoil) => {
    const path = await cocoFile((file) => {
      spoil(file);
      return file;
    });
    const failure = await readAnnotations(path).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect((failure as Error).message).toContain(message);
    expect((failure as Error).message).toContain(path);
  });

  it('sorts images by id, as COCO does to break ties', async () => {
    const path = await cocoFile((file) => {
      file.images.push({ ...file.images[0]!, id: 3, file_name: 'b.jpg' });
      return file;
    });
    const { images } = await readAnnotations(path);
    expect(images.map(({ objects }) => objects.length)).toEqual([0, 2]);
  });

  it('says so when the file is no JSON', async () => {
    const folder = await written({ 'labels.json': '{"images": [' });
    await expect(readAnnotations(join(folder, 'labels.json'))).rejects.toThrow(/labels\.json is not JSON/);
  });
});

describe('DOTA', () => {
  const lines = [
    'imagesource:GoogleEarth',
    'gsd:0.146',
    '1 2 11 2 11 7 1 7 small-vehicle 1',
    '',
    '5 0 9 4 5 8 1 4 plane',
  ];

  it('skips the two header lines and takes a missing difficult flag for 0', () => {
    expect(parseDota(lines.join('\n'), 'P0.txt')).toEqual([
      { polygon: [1, 2, 11, 2, 11, 7, 1, 7], name: 'small-vehicle', difficult: true },
      { polygon: [5, 0, 9, 4, 5, 8, 1, 4], name: 'plane', difficult: false },
    ]);
  });

  it.each([
    ['P0.txt, line 3: 8 fields', '1 2 11 2 11 7 1 7'],
    ["P0.txt, line 3: field 2, 'x', is no number", '1 x 11 2 11 7 1 7 plane 0'],
    ["P0.txt, line 3: the difficult flag is 'yes'", '1 2 11 2 11 7 1 7 plane yes'],
  ])('names the line: %s', (message, line) => {
    expect(() => parseDota([...lines.slice(0, 2), line].join('\r\n'), 'P0.txt')).toThrow(message);
  });

  it('reads a folder with images and labelTxt', async () => {
    const folder = await written({ 'images/P0.png': '30x20', 'labelTxt/P0.txt': lines.join('\n') });
    const { labels, images } = await readAnnotations(folder);
    expect(labels).toEqual(['plane', 'small-vehicle']);
    expect(images[0]).toMatchObject({ path: join(folder, 'images/P0.png'), width: 30, height: 20 });
    expect(images[0]!.objects[1]).toMatchObject({ box: [1, 0, 9, 8], label: 0, difficult: false });
  });

  it('refuses labels without an image, and unknown classes', async () => {
    const folder = await written({ 'images/P1.png': '30x20', 'labelTxt/P0.txt': lines.join('\n') });
    await expect(readAnnotations(folder)).rejects.toThrow(/P0\.txt has no image/);
    const other = await written({ 'images/P0.png': '30x20', 'labelTxt/P0.txt': lines.join('\n') });
    await expect(readAnnotations(other, { labels: ['plane'] })).rejects.toThrow(/class 'small-vehicle'/);
  });
});

describe('YOLO', () => {
  const size = { width: 200, height: 100 };

  it('reads boxes, oriented boxes and polygons, and cuts boxes at the border', () => {
    const text =
      '1 0.5 0.5 0.1 0.2\n0 0.01 0.5 0.1 0.2\n0 0.1 0.1 0.2 0.1 0.2 0.3 0.1 0.3\n1 0.1 0.1 0.3 0.1 0.2 0.4';
    const objects = parseYolo(text, 'a.txt', size, 2);
    const expected = [
      [90, 40, 110, 60],
      [0, 40, 12, 60],
      [20, 10, 40, 30],
      [20, 10, 60, 40],
    ];
    for (const [index, { box }] of objects.entries()) {
      for (const [edge, value] of box.entries()) expect(value).toBeCloseTo(expected[index]![edge]!, 9);
    }
    expect(objects.map(({ label }) => label)).toEqual([1, 0, 0, 1]);
    expect(objects.map(({ polygon }) => polygon?.length)).toEqual([undefined, undefined, 8, undefined]);
  });

  it.each([
    ['a.txt, line 1: class 2', '2 0.5 0.5 0.1 0.1'],
    ['a.txt, line 2: coordinate 1.5', '0 0.5 0.5 0.1 0.1\n0 1.5 0.5 0.1 0.1'],
    ['a.txt, line 1: 6 numbers', '0 0.5 0.5 0.1 0.1 0.9'],
    ["a.txt, line 1: field 1, 'car', is no number", 'car 0.5 0.5 0.1 0.1'],
  ])('names the line: %s', (message, text) => {
    expect(() => parseYolo(text, 'a.txt', size, 2)).toThrow(message);
  });

  it('takes class names from data.yaml or classes.txt, and images without labels as empty', async () => {
    const files = { 'images/a.png': '20x10', 'images/b.png': '20x10', 'labels/a.txt': '1 0.5 0.5 0.5 1\n' };
    const folder = await written({ ...files, 'data.yaml': 'path: .\nnames:\n  0: car\n  1: bus\n' });
    const { labels, images } = await readAnnotations(folder);
    expect(labels).toEqual(['car', 'bus']);
    expect(images.map(({ objects }) => objects)).toEqual([[{ label: 1, box: [5, 0, 15, 10] }], []]);
    const other = await written({ ...files, 'classes.txt': 'car\r\nbus\n' });
    expect((await readAnnotations(other)).labels).toEqual(['car', 'bus']);
    await expect(readAnnotations(await written(files))).rejects.toThrow(/classes\.txt/);
  });
});

describe('Pascal VOC', () => {
  const object = (name: string, box: readonly number[], difficult = '') =>
    `<object><name>${name}</name>${difficult}<bndbox><xmin>${box[0]}</xmin><ymin>${box[1]}</ymin>` +
    `<xmax>${box[2]}</xmax><ymax>${box[3]}</ymax></bndbox></object>`;
  const file = (
    objects: string,
    size = '<size><width>40</width><height>30</height><depth>3</depth></size>',
  ) => `<?xml version="1.0"?>\n<annotation><filename>a.png</filename>${size}${objects}</annotation>`;

  it('counts pixels from 1, with the last one inside, and cuts at the border', async () => {
    const text = file(
      object('007', [1, 2, 10, 12]) + object('dog', [30, 1, 45, 30], '<difficult>1</difficult>'),
    );
    const folder = await written({ 'JPEGImages/a.png': '40x30', 'Annotations/a.xml': text });
    const { labels, images } = await readAnnotations(folder);
    expect(labels).toEqual(['007', 'dog']);
    expect(images[0]!.objects).toEqual([
      { box: [0, 1, 10, 12], label: 0, difficult: false },
      { box: [29, 0, 40, 30], label: 1, difficult: true },
    ]);
  });

  it('reads the size of the image where the file does not say it, and files without objects', async () => {
    const folder = await written({ 'JPEGImages/a.png': '40x30', 'Annotations/a.xml': file('', '') });
    const { images } = await readAnnotations(folder);
    expect(images[0]).toMatchObject({ width: 40, height: 30, objects: [] });
  });

  it('names what is wrong', async () => {
    expect(() => parseVoc('<annotation><filename>a</annotation>', 'a.xml')).toThrow(
      /a\.xml, line 1: not XML/,
    );
    expect(() => parseVoc(file('<object><name>x</name></object>'), 'a.xml')).toThrow(
      /a\.xml: <annotation\.object\.0\.bndbox>/,
    );
    expect(() => parseVoc(file(object('x', [9, 1, 3, 4])), 'a.xml')).toThrow(/object 1 \(x\).*inside out/);
    const outside = file(object('x', [90, 1, 95, 4]));
    const folder = await written({ 'JPEGImages/a.png': '40x30', 'Annotations/a.xml': outside });
    await expect(readAnnotations(folder)).rejects.toThrow(/outside the image of 40 x 30/);
  });
});

it('says which formats there are when a folder is none', async () => {
  const folder = await written({ 'notes.txt': 'nothing' });
  await expect(readAnnotations(folder)).rejects.toThrow(/COCO.*DOTA.*VOC.*YOLO/);
});
