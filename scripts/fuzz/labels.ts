import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readCocoResults } from '../../datasets/annotations/coco-results.js';
import { readAnnotations } from '../../datasets/annotations/read-annotations.js';
import { labelFolder } from '../../test/datasets/annotations/label-folder.js';
import type { FuzzInput, OpenTarget } from './target.js';
import { digest } from './target.js';

const coco = JSON.stringify({
  images: [{ id: 7, file_name: 'a.png', width: 100, height: 50 }],
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
    { id: 3, image_id: 7, category_id: 2, bbox: [5, 6, 9, 9], segmentation: [[5, 6, 14, 6, 14, 15, 5, 15]] },
  ],
});
const results = JSON.stringify([
  { image_id: 7, category_id: 9, bbox: [1, 2, 3, 4], score: 0.5 },
  { image_id: 7, category_id: 2, bbox: [1.5, 2, 3, 4], score: 0.25 },
]);
const dota =
  'imagesource:GoogleEarth\ngsd:0.146\n1 2 11 2 11 7 1 7 small-vehicle 1\n5 0 9 4 5 8 1 4 plane 0\n';
const yolo =
  '1 0.5 0.5 0.1 0.2\n0 0.01 0.5 0.1 0.2\n0 0.1 0.1 0.2 0.1 0.2 0.3 0.1 0.3\n1 0.1 0.1 0.3 0.1 0.2 0.4\n';
const yaml = 'path: .\ntrain: images/train\nval: [images/val]\nnc: 2\nnames:\n  0: car\n  1: bus\n';
const voc =
  '<?xml version="1.0"?>\n<annotation><filename>a.png</filename><size><width>40</width><height>30</height><depth>3</depth></size>' +
  '<object><name>dog</name><pose>Left</pose><truncated>0</truncated><difficult>1</difficult><bndbox><xmin>3</xmin>' +
  '<ymin>4</ymin><xmax>20</xmax><ymax>25</ymax></bndbox></object></annotation>';

/** Sets of one file that is damaged, among others that are not: the file, and what `readAnnotations` is given. */
const sets: readonly {
  readonly file: string;
  readonly open: string;
  readonly files: Readonly<Record<string, string>>;
}[] = [
  { file: 'coco.json', open: 'coco.json', files: { 'coco.json': coco, 'a.png': '100x50' } },
  { file: 'labelTxt/P0.txt', open: '', files: { 'images/P0.png': '30x20', 'labelTxt/P0.txt': dota } },
  {
    file: 'labels/train/a.txt',
    open: '',
    files: {
      'images/train/a.png': '200x100',
      'images/val/b.png': '20x10',
      'labels/train/a.txt': yolo,
      'labels/val/b.txt': '',
      'data.yaml': yaml,
    },
  },
  {
    file: 'data.yaml',
    open: 'data.yaml',
    files: {
      'images/train/a.png': '200x100',
      'images/val/b.png': '20x10',
      'labels/train/a.txt': yolo,
      'labels/val/b.txt': '',
      'data.yaml': yaml,
    },
  },
  {
    file: 'classes.txt',
    open: '',
    files: { 'images/a.png': '20x10', 'labels/a.txt': yolo, 'classes.txt': 'car\nbus\n' },
  },
  { file: 'Annotations/a.xml', open: '', files: { 'JPEGImages/a.png': '40x30', 'Annotations/a.xml': voc } },
  {
    file: 'ImageSets/Main/train.txt',
    open: '',
    files: {
      'JPEGImages/a.png': '40x30',
      'Annotations/a.xml': voc,
      'ImageSets/Main/train.txt': 'a\n',
      'ImageSets/Main/val.txt': 'a 1\n',
    },
  },
];

/** Labels of each format, and results in COCO's. */
export const openLabels: OpenTarget = async () => {
  const opened = new Map<string, { path: string; open: string }>();
  const inputs: FuzzInput[] = [];
  for (const { file, open, files } of sets) {
    const folder = await labelFolder(files);
    const name = `${inputs.length} ${file}`;
    opened.set(name, { path: join(folder, file), open: join(folder, open) });
    inputs.push({ name, bytes: await readFile(join(folder, file)) });
  }
  const { open } = opened.get(inputs[0]!.name)!;
  const set = await readAnnotations(open);
  inputs.push({ name: 'results', bytes: Buffer.from(results) });
  return {
    inputs,
    isText: true,
    async read(bytes, { name }) {
      const place = opened.get(name);
      if (place) {
        await writeFile(place.path, bytes);
        return digest(await readAnnotations(place.open));
      }
      const path = join(dirname(open), 'results.json');
      await writeFile(path, bytes);
      return digest(await readCocoResults(path, set));
    },
  };
};
