// Counts the licences of all packages that people get with this one (--list: names them), and fails where one is missing or of
// a new kind: decide about it, and add it to scripts/packages/licences.ts or do without the package.
import { packageRoot } from '../src/base/package-root.js';
import { bundledPackages } from './bundle-page.js';
import { licenceFaults } from './packages/licences.js';
import { shippedPackages } from './packages/shipped-packages.js';

const { packages, absent } = await shippedPackages(packageRoot(), await bundledPackages());
const byLicence = new Map<string, string[]>();
for (const { name, version, need, licence = 'none' } of packages) {
  const names = byLicence.get(licence) ?? [];
  byLicence.set(licence, [...names, `${name} ${version}${need === 'required' ? '' : ` (${need})`}`]);
}
for (const [licence, names] of [...byLicence].sort(([, a], [, b]) => b.length - a.length)) {
  console.log(`${licence}: ${names.length}${process.argv.includes('--list') ? `: ${names.join(', ')}` : ''}`);
}
if (absent.length > 0) console.log(`Not installed here, not looked at: ${absent.join(', ')}.`);
const faults = licenceFaults(packages);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
