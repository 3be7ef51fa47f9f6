import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { addModel, removeModel } from '../../src/checkpoint/add-model.js';
import { listModels } from '../../src/checkpoint/list-models.js';
import { readModelFolder, writeModelFolder } from '../../src/checkpoint/model-folder.js';
import { addedModelsFolder, namedModels } from '../../src/checkpoint/named-models.js';
import { resolveModel } from '../../src/checkpoint/resolve-model.js';
import { centreCrop } from '../../src/image/preprocessing.js';
import { smallVit } from '../helpers/small-vit.js';

const run = promisify(execFile);
const about = { summary: 'Tells five animals apart', licence: 'MIT', figures: [] };

let place: string;
let folder: string;
let server: Server;
let address: string;
/** What the server answers under any path. */
let answer: (path: string) => Buffer | undefined;

beforeAll(async () => {
  server = createServer((request, response) => {
    const body = answer(request.url!);
    response.writeHead(body ? 200 : 404, body && { 'Content-Length': body.length });
    response.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'add-model-'));
  folder = join(place, 'animals');
  const { config, weights } = smallVit();
  const labels = ['ant', 'bee', 'cat', 'dog', 'eel'];
  const preprocessing = centreCrop([16, 16], 0.875, 'imagenet');
  await writeModelFolder(folder, { config, preprocessing, labels, about, weights }, '# Animals\n');
  vi.stubEnv('VIL_MODELS', join(place, 'added'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(place, { recursive: true });
});

/** Files in the folder of added models, hidden ones too: nothing may be left half done. */
const left = () => readdir(addedModelsFolder()).catch(() => []);

async function pack(name: string, ...args: string[]): Promise<string> {
  const path = join(place, name);
  await run('tar', ['-cf', path, ...args]);
  return path;
}

async function digestOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

describe('addModel', () => {
  it('makes a folder known by its name, all its files and nothing else', async () => {
    await writeFile(join(folder, 'notes.txt'), 'mine');
    const added = await addModel(folder);
    expect(added).toEqual({ name: 'animals', path: join(place, 'added', 'animals'), ignored: ['notes.txt'] });
    expect(resolveModel('animals')).toBe(added.path);
    const { path: _, ...copy } = await readModelFolder(added.path);
    expect(copy).toMatchObject({ about, labels: ['ant', 'bee', 'cat', 'dog', 'eel'] });
    expect((await readdir(added.path)).sort()).toEqual([
      'README.md',
      'config.json',
      'labels.json',
      'model.safetensors',
    ]);
    expect(await left()).toEqual(['animals']);
    const listed = (await listModels()).find(({ name }) => name === 'animals');
    expect(listed).toMatchObject({ origin: 'added', task: 'classify', about });
  });

  it('takes archives as npm pack makes them, with or without a folder around the files', async () => {
    await writeFile(join(folder, 'package.json'), '{ "name": "@somebody/animals", "version": "1.2.3" }');
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', place], { cwd: folder });
    const packed = join(place, JSON.parse(stdout)[0].filename as string);
    expect(await addModel(packed)).toMatchObject({
      name: 'somebody-animals',
      ignored: ['package/package.json'],
    });
    const flat = await pack('flat-2.0.0.tar', '-C', folder, '.');
    expect((await addModel(flat, { sha256: await digestOf(flat) })).name).toBe('flat');
    const zipped = await pack('zipped.tar.gz', '-z', '-C', place, 'animals');
    expect((await addModel(zipped)).name).toBe('zipped');
    expect((await left()).sort()).toEqual(['flat', 'somebody-animals', 'zipped']);
  });

  it('takes the first look of a detector along, from folders and archives', async () => {
    const source = resolveModel('aircraft');
    await addModel(source, { name: 'copied' });
    const archive = await pack('packed.tar', '-C', source, '.');
    await addModel(archive, { name: 'unpacked' });
    const named = await pack('named.tgz', '-z', '-C', dirname(source), 'aircraft');
    await addModel(named, { name: 'unpacked-too' });
    for (const name of ['copied', 'unpacked', 'unpacked-too']) {
      const { firstLook } = await readModelFolder(resolveModel(name));
      expect(firstLook).toBeDefined();
      const inner = await readModelFolder(join(resolveModel(name), 'first-look'));
      expect(inner.labels.length).toBeGreaterThan(0);
      expect((await readdir(resolveModel(name))).sort()).toEqual([
        'README.md',
        'config.json',
        'first-look',
        'labels.json',
        'model.safetensors',
      ]);
    }
  });

  it('does not make one model of two', async () => {
    await cp(folder, join(place, 'twins'), { recursive: true });
    const archive = await pack('both.tar', '-C', place, 'animals', 'twins');
    await expect(addModel(archive)).rejects.toThrow(/config\.json.* more than once: it holds several models/);
    expect(await left()).toEqual([]);
  });

  it('fetches an archive whose digest is the one given', async () => {
    const archive = await pack('animals.tar', '-C', place, 'animals');
    const bytes = await readFile(archive);
    answer = (path) => (path === '/animals.tar' ? bytes : undefined);
    const sha256 = await digestOf(archive);
    const received: number[] = [];
    const onBytes = (count: number, total?: number) => received.push(count / total!);
    expect((await addModel(`${address}/animals.tar`, { sha256, onBytes })).name).toBe('animals');
    expect(received.at(-1)).toBe(1);
    await expect(addModel(`${address}/none.tar`, { sha256 })).rejects.toThrow(/none\.tar.*status 404/);
    await expect(addModel(`${address}/animals.tar`, { name: 'a' })).rejects.toThrow(/--sha256/);
    const other = { sha256: '0'.repeat(64), name: 'b' };
    await expect(addModel(`${address}/animals.tar`, other)).rejects.toThrow(`its SHA-256 is ${sha256}`);
    const far = 'http://models.example/animals.tar';
    await expect(addModel(far, { sha256, name: 'c' })).rejects.toThrow(/by https alone/);
    expect(await left()).toEqual(['animals']);
  });

  it('leaves out links and whatever lies deeper, and names them no model', async () => {
    const odd = join(place, 'odd');
    await mkdir(join(odd, 'deep', 'deeper'), { recursive: true });
    await symlink(join(folder, 'model.safetensors'), join(odd, 'model.safetensors'));
    await cp(join(folder, 'config.json'), join(odd, 'deep', 'deeper', 'config.json'));
    const archive = await pack('odd.tar', '-C', place, 'odd');
    await expect(addModel(archive)).rejects.toThrow(/odd\.tar holds no model/);
    expect(await left()).toEqual([]);
  });

  it('keeps the old model where the new one is damaged, and says what it is by the name it was given', async () => {
    await addModel(folder);
    const copy = join(place, 'copy');
    await cp(folder, copy, { recursive: true });
    await truncate(join(copy, 'model.safetensors'), 500);
    const replacing = addModel(copy, { name: 'animals', replace: true });
    await expect(replacing).rejects.toThrow(join(copy, 'model.safetensors'));
    await expect(addModel(join(folder, 'labels.json'))).rejects.toThrow(/labels\.json is no archive/);
    expect((await readModelFolder(resolveModel('animals'))).labels).toHaveLength(5);
    expect(await left()).toEqual(['animals']);
  });

  it('takes no name twice unless told to, and none of a package', async () => {
    await addModel(folder);
    await expect(addModel(folder)).rejects.toThrow(/There is a model "animals" already.*--replace/);
    await addModel(folder, { replace: true });
    await expect(addModel(folder, { name: 'land-use', replace: true })).rejects.toThrow(
      /comes with a package/,
    );
    for (const name of ['../up', '.hidden', 'A b', ''])
      await expect(addModel(folder, { name })).rejects.toThrow(/is no name for a model/);
    await expect(addModel(join(place, 'none'))).rejects.toThrow(/no such file/);
    await expect(addModel(folder, { sha256: 'abc' })).rejects.toThrow(/no SHA-256 digest/);
    const digest = { sha256: '0'.repeat(64), name: 'other' };
    await expect(addModel(folder, digest)).rejects.toThrow(/is a folder, which has no digest/);
  });
});

it('removes what was added and nothing else', async () => {
  await addModel(folder);
  await removeModel('animals');
  expect(existsSync(join(place, 'added', 'animals'))).toBe(false);
  await expect(removeModel('animals')).rejects.toThrow(/There is no model "animals"/);
  await expect(removeModel('land-use')).rejects.toThrow(/land-use comes with a package/);
  expect(namedModels().map(({ name }) => name)).toContain('land-use');
});

it('says which package has a model that is not installed', () => {
  // Nothing is found from an empty place in which only the names are known.
  expect(() => resolveModel('no-such-model')).toThrow(
    /there is no model "no-such-model".*Installed are .*aircraft/,
  );
});

it('lists a model that cannot be read, and why', async () => {
  await addModel(folder);
  await writeFile(join(place, 'added', 'animals', 'config.json'), '{');
  const listed = (await listModels()).find(({ name }) => name === 'animals');
  expect(listed?.damage).toMatch(/config\.json is not JSON/);
});
