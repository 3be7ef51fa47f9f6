import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bundledPackages } from '../../scripts/bundle-page.js';
import type { BillOfMaterials } from '../../scripts/packages/bill-of-materials.js';
import { licenceFaults } from '../../scripts/packages/licences.js';
import type { ShippedPackage } from '../../scripts/packages/shipped-packages.js';
import { shippedPackages } from '../../scripts/packages/shipped-packages.js';
import { packageRoot } from '../../src/base/package-root.js';

interface Manifest {
  readonly version: string;
  readonly [kind: string]: unknown;
}

async function manifest(): Promise<Manifest> {
  return JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8')) as Manifest;
}

/** Those of which a minor release has broken others; see docs/decisions.md. */
const exact = /^(onnxruntime-node|geotiff|@tensorflow\/tfjs.*|vega|vega-lite)$/;

it('pins exactly what minor releases have broken, the same everywhere', async () => {
  const own = await manifest();
  const found = new Map<string, Set<string>>();
  for (const kind of ['dependencies', 'peerDependencies', 'devDependencies']) {
    for (const [name, range] of Object.entries(own[kind] as Record<string, string>)) {
      if (exact.test(name)) found.set(name, (found.get(name) ?? new Set()).add(range));
    }
  }
  expect([...found.keys()]).toEqual(expect.arrayContaining(['onnxruntime-node', 'geotiff', 'vega-lite']));
  expect(
    [...found].filter(([, [first, ...more]]) => more.length > 0 || !/^\d+\.\d+\.\d+$/.test(first!)),
  ).toEqual([]);
});

describe('what people get', () => {
  it('has licences of known kinds, optional and bundled packages included', async () => {
    const { packages, absent } = await shippedPackages(packageRoot(), await bundledPackages());
    expect(licenceFaults(packages)).toEqual([]);
    const needOf = (name: string) => packages.find((each) => each.name === name)?.need;
    expect([needOf('express'), needOf('bullmq'), needOf('openseadragon')]).toEqual([
      'required',
      'optional',
      'bundled',
    ]);
    // For other platforms, and below what is optional.
    expect([needOf('@img/sharp-win32-x64'), needOf('msgpackr')]).toEqual(['optional', 'optional']);
    expect(needOf('vitest')).toBeUndefined();
    expect(absent).toEqual(['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu']);
  });

  it('is refused where a licence is missing or of a new kind', () => {
    const some = (licence?: string, name = 'some'): ShippedPackage => ({
      name,
      version: '1.0.0',
      need: 'required',
      licence,
    });
    const good = [
      some('MIT'),
      some('(GPL-3.0-only OR MIT)'),
      some('LGPL-3.0-or-later', '@img/sharp-libvips-x'),
    ];
    expect(licenceFaults(good)).toEqual([]);
    expect(licenceFaults([some()])).toEqual(['some 1.0.0 states no licence']);
    for (const licence of [
      'GPL-3.0-only',
      'MIT AND GPL-2.0-only',
      'LGPL-3.0-or-later',
      'SEE LICENSE IN X',
      '',
    ]) {
      expect(licenceFaults([some(licence)])).toEqual([
        `some 1.0.0 has a licence that is not allowed: ${licence}`,
      ]);
    }
  });

  it('is written in a bill of materials', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bill-'));
    const script = join(packageRoot(), 'scripts', 'write-bill-of-materials.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...['--import', import.meta.resolve('tsx'), script, folder],
    ]);
    const bill = JSON.parse(await readFile(join(folder, stdout.trim()), 'utf8')) as BillOfMaterials;
    await rm(folder, { recursive: true });
    const { version } = await manifest();
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: {
        component: { name: 'vision-longformer', version, purl: `pkg:npm/vision-longformer@${version}` },
      },
    });
    const { packages } = await shippedPackages(packageRoot(), await bundledPackages());
    expect(bill.components).toHaveLength(packages.length);
    expect(bill.components.filter(({ licenses, hashes }) => !licenses || !hashes)).toEqual([]);
    const own = bill.dependencies.find(({ ref }) => ref === `vision-longformer@${version}`);
    expect(own?.dependsOn.some((ref) => ref.startsWith('onnxruntime-node@'))).toBe(true);
    expect(own?.dependsOn.some((ref) => ref.startsWith('vitest@'))).toBe(false);
  }, 60_000);
});
