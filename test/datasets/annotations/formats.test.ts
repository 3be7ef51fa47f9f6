import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseDota } from '../../../datasets/annotations/dota.js';
import { readAnnotations } from '../../../datasets/annotations/read-annotations.js';
import { parseVoc } from '../../../datasets/annotations/voc.js';
import { parseYolo } from '../../../datasets/annotations/yolo.js';
import { UserError } from '../../../src/base/errors.js';
import type { AnnotationSet } from '../../../src/boxes/annotations.js';
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

  it('finds the images that lie in the usual folders near the file, and says so', async () => {
    const folder = await written({
      'val2017/a.jpg': '100x50',
      'annotations/instances_val2017.json': `\ufeff${JSON.stringify(coco)}`,
    });
    const { images, notes } = await readAnnotations(join(folder, 'annotations/instances_val2017.json'));
    expect(images[0]!.path).toBe(join(folder, 'val2017/a.jpg'));
    expect(notes).toEqual([expect.stringContaining(join(folder, 'val2017'))]);
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

  it('says which images have no labels', async () => {
    const folder = await written({
      'images/P0.png': '30x20',
      'images/P1.png': '30x20',
      'labelTxt/P0.txt': lines.join('\n'),
    });
    const { images, notes } = await readAnnotations(folder);
    expect(images).toHaveLength(1);
    expect(notes).toEqual([expect.stringMatching(/1 images have no file in .*labelTxt.*P1\.png/)]);
    await expect(readAnnotations(folder, { split: 'val' })).rejects.toThrow(/not divided into splits/);
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

  it('takes objects across the border: upright ones cut there, corners as written', () => {
    // Corners as ultralytics' own converter writes them.
    const corners = '0.986667 0.0666667 1.00667 0.0666667 1.00667 0.0866667 0.986667 0.0866667';
    const text = `0 ${corners}\n1 1.005 0.5 0.1 0.2\n1 0.9 0.1 1.08 0.1 1.08 0.2`;
    const [turned, upright, polygon] = parseYolo(text, 'a.txt', { width: 1500, height: 1000 }, 2);
    expect(turned!.polygon![2]).toBeCloseTo(1510.005, 3);
    expect(turned!.box[2]).toBeCloseTo(1510.005, 3);
    expect(upright!.box[0]).toBeCloseTo(1432.5, 6);
    expect(upright!.box[2]).toBe(1500);
    expect(polygon!.box[2]).toBe(1500);
  });

  it.each([
    ['centre outside', '0 1.02 0.5 0.1 0.1', 1.02],
    ['pixels', '0 320 240 50 60', 320],
    ['corners in pixels', '0 10 10 20 10 20 20 10 20', 10],
    ['oriented box outside', '0 1.1 0.1 1.2 0.1 1.2 0.2 1.1 0.2', 1.1],
    ['negative side', '0 0.5 0.5 -0.005 0.1', -0.005],
  ])('refuses %s', (_what, text, value) => {
    expect(() => parseYolo(text, 'a.txt', size, 2)).toThrow(`a.txt, line 1: coordinate ${value}`);
  });

  it('counts a line that occurs twice once', () => {
    expect(
      parseYolo('0 0.5 0.5 0.1 0.1\n0 0.50 0.5 0.1 0.1\n0 0.5 0.5 0.1 0.2', 'a.txt', size, 1),
    ).toHaveLength(2);
  });

  const line = '0 0.5 0.5 0.5 1\n';
  const twoSplits = {
    'images/train/a.png': '20x10',
    'images/train/more/b.png': '20x10',
    'images/val/a.png': '40x10',
    'labels/train/a.txt': line,
    'labels/train/more/b.txt': `${line}0 0.1 0.1 0.1 0.1\n`,
    'labels/val/a.txt': `\ufeff1 0.5 0.5 0.5 1`,
  };
  const counts = (set: AnnotationSet) => set.images.map(({ split, objects }) => [split, objects.length]);

  it.each([
    ['by its data.yaml', 'train: images/train\nval: images/val\ntest: # images/test\nnames: [car, 7]\n'],
    [
      'whose data.yaml is from another machine',
      'path: /nowhere/set\ntrain: images/train\nval: images/val\nnc: 2\nnames: [car, 7]\n',
    ],
    [
      'whose data.yaml names folders that are not here',
      'train: ../elsewhere/a\nval: ../elsewhere/b\nnames: [car, 7]\n',
    ],
  ])('finds images/train and labels/train %s', async (_how, yaml) => {
    const folder = await written({ ...twoSplits, 'data.yaml': yaml });
    const set = await readAnnotations(folder);
    expect(set.labels).toEqual(['car', '7']);
    expect(counts(set)).toEqual([
      ['train', 1],
      ['train', 2],
      ['val', 1],
    ]);
    expect(set.images[2]!.objects[0]).toMatchObject({ label: 1, box: [10, 0, 30, 10] });
    expect(counts(await readAnnotations(join(folder, 'data.yaml'), { split: 'valid' }))).toEqual([
      ['val', 1],
    ]);
    await expect(readAnnotations(folder, { split: 'test' })).rejects.toThrow(
      /no split called test, only train, val/,
    );
  });

  it('finds a folder for each split, and lists of files', async () => {
    const roboflow = await written({
      'train/images/a.png': '20x10',
      'train/labels/a.txt': line,
      'valid/images/b.png': '20x10',
      'data.yaml': 'train: ../train/images\nval: ../valid/images\nnames: [car]\n',
    });
    expect(counts(await readAnnotations(roboflow))).toEqual([
      ['train', 1],
      ['val', 0],
    ]);
    const lists = await written({
      ...twoSplits,
      'sets.yaml': 'train: train.txt\nval: [val.txt]\nnames: {0: car, 1: bus}\n',
      'train.txt': './images/train/a.png\n',
      'val.txt': 'images/val/a.png\n\n',
    });
    expect(counts(await readAnnotations(lists))).toEqual([
      ['train', 1],
      ['val', 1],
    ]);
  });

  it('does not take images for empty when it finds the labels of none', async () => {
    const folder = await written({ 'images/a.png': '20x10', 'labels/b.txt': line, 'classes.txt': 'car' });
    await expect(readAnnotations(folder)).rejects.toThrow(/None of the 1 images has a label file.*a\.txt/);
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

  it('takes empty elements for what they leave out', () => {
    const text = file(object('x', [1, 1, 4, 4], '<difficult/><truncated></truncated>'), '<size/>');
    expect(parseVoc(text, 'a.xml')).toMatchObject({ size: undefined, objects: [{ difficult: false }] });
    const noWidth = '<size><width/><height/></size>';
    expect(parseVoc(file('', noWidth), 'a.xml').size).toBeUndefined();
    const noBox = object('x', [1, 1, 4, 4]).replace('<xmin>1</xmin>', '<xmin/>');
    expect(() => parseVoc(file(noBox), 'a.xml')).toThrow(/bndbox\.xmin>: expected a number/);
  });

  it('takes images that ImageSets/Main lists without an XML file for images without objects', async () => {
    const folder = await written({
      'JPEGImages/a.png': '40x30',
      'JPEGImages/b.jpg': '50x30',
      'JPEGImages/not listed.jpg': '50x30',
      'Annotations/a.xml': file(object('dog', [1, 2, 10, 12])),
      'ImageSets/Main/train.txt': 'a\n',
      'ImageSets/Main/val.txt': 'b\r\nlost\r\n',
      'ImageSets/Main/trainval.txt': 'a\nb\n',
      'ImageSets/Main/dog_val.txt': 'b -1\n',
    });
    const { images, notes } = await readAnnotations(folder);
    expect(images).toMatchObject([
      { path: join(folder, 'JPEGImages/a.png'), split: 'train', objects: [{ label: 0 }] },
      { path: join(folder, 'JPEGImages/b.jpg'), width: 50, split: 'val', objects: [] },
    ]);
    expect(images).toHaveLength(2);
    expect(notes).toEqual([expect.stringMatching(/1 images.*lost/)]);
    expect((await readAnnotations(folder, { split: 'train' })).images).toHaveLength(1);
    expect((await readAnnotations(folder, { split: 'val' })).images).toMatchObject([{ width: 50 }]);
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
