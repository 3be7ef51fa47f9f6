import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findData } from '../../../src/train/automatic/find-data.js';

async function folderWith(...files: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vil-data-'));
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), '');
  }
  return folder;
}

describe('findData', () => {
  it.each([
    [['train.json', 'test.json', 'a.jpg'], 'train.json', undefined],
    [
      ['annotations/instances_train2017.json', 'annotations/instances_val2017.json'],
      'annotations/instances_train2017.json',
      'annotations/instances_val2017.json',
    ],
    [['labels.json'], 'labels.json', undefined],
    [['labelTxt/a.txt', 'images/a.png'], '', undefined],
    [['Annotations/a.xml'], '', undefined],
    [['data.yaml'], '', undefined],
    [['train/labelTxt/a.txt', 'val/labelTxt/b.txt'], 'train', 'val'],
  ])('of %j are the labels of a detector', async (files, labels, validation) => {
    const folder = await folderWith(...files);
    const { why, ...found } = await findData(folder);
    expect(why).not.toBe('');
    expect(found).toEqual({
      task: 'detection',
      labels: join(folder, labels),
      validation: validation && join(folder, validation),
    });
  });

  it.each([
    [['field/a.jpg', 'forest/b.jpg'], '.', undefined],
    [['train/field/a.jpg', 'val/field/b.jpg', 'test/field/c.jpg'], 'train', 'val'],
    [['train/field/a.jpg', 'test/field/c.jpg'], 'train', undefined],
  ])('of %j are classes', async (files, trainSplit, validationSplit) => {
    const folder = await folderWith(...files);
    const { why, ...found } = await findData(folder);
    expect(why).not.toBe('');
    expect(found).toEqual({
      task: 'classification',
      folder,
      trainSplit,
      validationSplit,
    });
  });

  it('refuses anything else, with what would do', async () => {
    await expect(findData(await folderWith('a.jpg'))).rejects.toThrow(/neither class folders.*Expected/s);
    await expect(findData(await folderWith('a.json', 'b.json'))).rejects.toThrow(/2 JSON files.*--data/);
    await expect(findData('absent')).rejects.toThrow(/absent/);
  });
});
