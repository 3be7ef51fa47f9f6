import { execFile } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/base/errors.js';
import { writeAtomically } from '../../src/base/write-atomically.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'write-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('writeAtomically', () => {
  it('makes folders and files, and replaces files', async () => {
    const path = join(folder, 'new', 'a.txt');
    await writeAtomically(path, 'first');
    await writeAtomically(path, Buffer.from('second'));
    expect(await readFile(path, 'utf8')).toBe('second');
    expect(await readdir(join(folder, 'new'))).toEqual(['a.txt']);
  });

  it.each([
    ['leads to a file', true],
    ['leads nowhere yet', false],
  ])('leaves a link alone that %s, and writes what it leads to', async (_what, exists) => {
    const [target, link] = [join(folder, `target-${exists}`), join(folder, `link-${exists}`)];
    if (exists) await writeFile(target, 'old');
    await symlink(target, link);
    await writeAtomically(link, 'new');
    expect(await readlink(link)).toBe(target);
    expect(await readFile(target, 'utf8')).toBe('new');
  });

  it('writes into a pipe', async () => {
    const pipe = join(folder, 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    const [text] = await Promise.all([readFile(pipe, 'utf8'), writeAtomically(pipe, 'through it')]);
    expect(text).toBe('through it');
    expect((await lstat(pipe)).isFIFO()).toBe(true);
  });

  it('says what is wrong, and leaves nothing behind', async () => {
    const path = join(folder, 'a folder');
    await mkdir(path);
    await expect(writeAtomically(path, 'x')).rejects.toThrow(UserError);
    expect((await readdir(folder)).filter((name) => name.includes('.part'))).toEqual([]);
  });
});
