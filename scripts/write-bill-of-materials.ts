/**
 * Writes what a release is made of (CycloneDX, JSON) beside its tarball: `write-bill-of-materials.ts [folder]`. Prints the
 * name of the file.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../src/base/package-root.js';
import { writeAtomically } from '../src/base/write-atomically.js';
import { bundledPackages } from './bundle-page.js';
import type { BillOfMaterials } from './packages/bill-of-materials.js';
import { billOf } from './packages/bill-of-materials.js';
import { shippedPackages } from './packages/shipped-packages.js';

const root = packageRoot();
const { name, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  name: string;
  version: string;
};
const options = ['--sbom-format', 'cyclonedx', '--sbom-type', 'library', '--package-lock-only'];
const { stdout } = await promisify(execFile)('npm', ['sbom', ...options], { cwd: root, maxBuffer: 2 ** 28 });
const { packages } = await shippedPackages(root, await bundledPackages());
const bill = billOf(JSON.parse(stdout) as BillOfMaterials, { name, version }, packages);
const file = `${name}-${version}.cdx.json`;
await writeAtomically(join(process.argv[2] ?? root, file), `${JSON.stringify(bill, null, 2)}\n`);
console.log(file);
