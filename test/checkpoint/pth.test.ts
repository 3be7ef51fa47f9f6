import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/base/errors.js';
import { readPth } from '../../src/checkpoint/pth.js';
import { toFloat32 } from '../../src/checkpoint/safetensors.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/checkpoints/${name}`, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pth-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** An archive of ZIP64 whose directory claims to lie at a position that no file has. */
function directoryBeyondAll(): Buffer {
  const end64 = Buffer.alloc(56);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeBigUInt64LE(1n, 24);
  end64.writeBigUInt64LE(1n, 32);
  end64.writeBigUInt64LE(46n, 40);
  end64.writeBigUInt64LE(2n ** 62n, 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(64n, 8);
  locator.writeUInt32LE(1, 16);
  const end = Buffer.alloc(22, 0xff);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(0, 4);
  end.writeUInt16LE(0, 20);
  const start = Buffer.alloc(64);
  start.writeUInt32LE(0x04034b50, 0);
  return Buffer.concat([start, end64, locator, end]);
}

describe('readPth', () => {
  it('calls an archive damaged whose directory lies beyond all files', async () => {
    const path = join(folder, 'beyond.pth');
    await writeFile(path, directoryBeyondAll());
    const reading = readPth(path);
    await expect(reading).rejects.toThrow(UserError);
    await expect(reading).rejects.toThrow(
      /beyond\.pth is truncated or damaged: .*"position" is out of range/,
    );
  });

  it('reads tensors of every layout and type as PyTorch has them', async () => {
    const { tensors } = await readPth(fixture('tensors.pth'));
    const values = Object.entries(toFloat32(tensors)).map(([name, { shape, data }]) => [
      name,
      { shape, values: [...data].map((value) => value * 64) },
    ]);
    const base = Array.from({ length: 24 }, (_, index) => index);
    expect(Object.fromEntries(values)).toEqual({
      contiguous: { shape: [4, 6], values: base },
      transposed: { shape: [6, 4], values: base.map((_, index) => (index % 4) * 6 + Math.floor(index / 4)) },
      sliced: { shape: [2, 3], values: [8, 9, 10, 14, 15, 16] },
      column: { shape: [4], values: [5, 11, 17, 23] },
      half: { shape: [3], values: [0, 1, 2] },
      bfloat: { shape: [3], values: [0, 1, 2] },
      double: { shape: [2], values: [0, 1] },
      long: { shape: [2], values: [-3 * 64, 2 ** 46] },
      flags: { shape: [2], values: [64, 0] },
      scalar: { shape: [], values: [32] },
      empty: { shape: [1, 0, 4], values: [] },
      parameter: { shape: [2, 2], values: [0, 1, 2, 3] },
    });
    expect(tensors.bfloat!.dtype).toBe('BF16');
  });

  it('refuses a pickle that would run a program, and names what it refers to', async () => {
    await expect(readPth(fixture('malicious.pth'))).rejects.toThrow(
      /malicious\.pth was refused: it refers to posix\.system/,
    );
  });

  it('reads the format from before PyTorch 1.6', async () => {
    const bytes = (await readFile(fixture('legacy.pth'))).toString('latin1');
    // The file holds a lone tensor; put into a dictionary it is a checkpoint.
    const start = bytes.indexOf('\x80\x02ctorch._utils') + 2;
    const end = bytes.indexOf('.\x80\x02]', start);
    const whole = `${bytes.slice(0, start)}}X\x06\0\0\0weight${bytes.slice(start, end)}s${bytes.slice(end)}`;
    const path = join(folder, 'legacy.pth');
    await writeFile(path, whole, 'latin1');
    const { tensors } = await readPth(path);
    expect(toFloat32(tensors)).toEqual({ weight: { shape: [2], data: Float32Array.of(0, 1 / 64) } });
    for (let length = 0; length < whole.length; length += 7) {
      await writeFile(path, whole.slice(0, length), 'latin1');
      await expect(readPth(path)).rejects.toThrow(UserError);
    }
    await writeFile(path, '\x80\x02K\x01.', 'latin1');
    await expect(readPth(path)).rejects.toThrow('is a pickle, but not one that torch.save writes');
  });

  it('says that a text file is no checkpoint, and that a missing one is missing', async () => {
    const path = join(folder, 'notes.pth');
    await writeFile(path, 'Not Found');
    await expect(readPth(path)).rejects.toThrow(/notes\.pth is no checkpoint of PyTorch/);
    await expect(readPth(join(folder, 'none.pth'))).rejects.toThrow(
      /cannot read .*none\.pth: there is no such/,
    );
  });

  it('refuses other archives', async () => {
    const path = join(folder, 'empty.pth');
    await writeFile(path, Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)]));
    await expect(readPth(path)).rejects.toThrow(/its archive has no data\.pkl/);
  });

  it('notices a flipped bit in the weights by their checksum', async () => {
    const bytes = await readFile(fixture('tensors.pth'));
    const weights = bytes.indexOf(Buffer.from(Float32Array.of(20 / 64, 21 / 64, 22 / 64).buffer));
    bytes[weights]! ^= 1;
    const path = join(folder, 'flipped.pth');
    await writeFile(path, bytes);
    await expect(readPth(path)).rejects.toThrow(/checksum of its record data\/0 is wrong/);
  });

  it('answers any truncation and any damage with a UserError or unharmed tensors', async () => {
    const whole = await readFile(fixture('tensors.pth'));
    const path = join(folder, 'damaged.pth');
    const damage = fc.record({
      at: fc.nat(whole.length - 1),
      value: fc.nat(255),
      keep: fc.nat(whole.length),
    });
    const property = fc.asyncProperty(damage, fc.boolean(), async ({ at, value, keep }, isCut) => {
      const bytes = Buffer.from(whole.subarray(0, isCut ? keep : whole.length));
      if (!isCut) bytes[at] = value;
      await writeFile(path, bytes);
      const result = await readPth(path).catch((error: unknown) => error);
      if (result instanceof Error) expect(result.name, result.stack).toBe('UserError');
      if (isCut && keep < whole.length) expect(result).toBeInstanceOf(Error);
    });
    await fc.assert(property, { seed: 3, numRuns: 150 });
  });
});
