import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExtendingJson } from '../../src/base/extending-json.js';

describe('JSON files that extend one another', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'extending-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const write = (name: string, content: unknown) =>
    writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  const read = (name: string) => readExtendingJson(join(folder, name), 'configuration');

  it('merges objects key by key and replaces everything else', async () => {
    await write('base.json', {
      epochs: 2,
      optimiser: { rate: 1, decay: 2 },
      size: [1, 2],
      augment: { flip: true },
    });
    await write('child.json', { extends: './base.json', optimiser: { rate: 3 }, size: [4], augment: null });
    expect(await read('child.json')).toEqual({
      epochs: 2,
      optimiser: { rate: 3, decay: 2 },
      size: [4],
      augment: null,
    });
  });

  it('takes a list, later files first, through several files, and inside of lists and objects', async () => {
    await write('one.json', { a: 1, b: 1, c: 1 });
    await write('two.json', { extends: 'one.json', b: 2 });
    await write('three.json', { c: 3 });
    await write('both.json', { extends: ['two.json', 'three.json'], d: 4 });
    await write('stages.json', [{ extends: './both.json', a: 0 }, { inner: { extends: './three.json' } }]);
    expect(await read('stages.json')).toEqual([{ a: 0, b: 2, c: 3, d: 4 }, { inner: { c: 3 } }]);
  });

  it('names the file that is missing, and the one that extends it', async () => {
    await write('lost.json', { extends: './gone.json' });
    await expect(read('lost.json')).rejects.toThrow(
      /configuration .*gone\.json, which .*lost\.json extends,/,
    );
    await expect(read('nowhere.json')).rejects.toThrow(/configuration .*nowhere\.json: does it exist\?$/);
  });

  it('names the files of a circle', async () => {
    await write('left.json', { extends: './right.json' });
    await write('right.json', { extends: './left.json' });
    await write('itself.json', { inner: { extends: './itself.json' } });
    await expect(read('left.json')).rejects.toThrow(
      /circle: .*left\.json extends .*right\.json extends .*left\.json\.$/,
    );
    await expect(read('itself.json')).rejects.toThrow(/circle: .*itself\.json extends .*itself\.json\.$/);
  });

  it('refuses what it cannot extend', async () => {
    await write('list.json', [1]);
    await write('of-list.json', { extends: './list.json' });
    await write('number.json', { extends: 3 });
    await write('broken.json', '{"a": ');
    await write('of-broken.json', { extends: './broken.json' });
    await expect(read('of-list.json')).rejects.toThrow(
      /list\.json, which .*of-list\.json extends, must hold an object/,
    );
    await expect(read('number.json')).rejects.toThrow(/"extends" must be the path of a JSON file or a list/);
    await expect(read('of-broken.json')).rejects.toThrow(/broken\.json, which .* extends, is not valid JSON/);
  });
});
