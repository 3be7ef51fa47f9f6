import type { ShippedPackage } from './shipped-packages.js';

/** A bill of materials as `npm sbom --sbom-format cyclonedx` prints it: the fields that are used here. */
export interface BillOfMaterials {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: Component; readonly [name: string]: unknown };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  readonly [name: string]: unknown;
}

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly scope?: string;
  readonly licenses?: readonly unknown[];
  readonly [name: string]: unknown;
}

/**
 * The bill of what people get: of npm's, which knows everything in package-lock.json, what is for development alone is left
 * out; packages that only some install are `optional`, licences are added that package-lock.json leaves out, and this package
 * has its name instead of that of the folder it lies in.
 * @throws Error where npm's bill lacks a package
 */
export function billOf(
  all: BillOfMaterials,
  own: { readonly name: string; readonly version: string },
  packages: readonly ShippedPackage[],
): BillOfMaterials {
  const components = packages.map(({ name, version, need, licence }) => {
    const found = all.components.find((each) => each['bom-ref'] === `${name}@${version}`);
    if (!found) throw new Error(`npm sbom does not know ${name} ${version}`);
    const scope = need === 'optional' ? 'optional' : 'required';
    const licenses = found.licenses ?? (licence === undefined ? undefined : [{ expression: licence }]);
    return { ...found, scope, ...(licenses && { licenses }) };
  });
  const former = all.metadata.component['bom-ref'];
  const ref = `${own.name}@${own.version}`;
  const component = {
    ...all.metadata.component,
    ...{ 'bom-ref': ref, name: own.name, version: own.version, purl: `pkg:npm/${ref}` },
  };
  const kept = new Set([ref, ...components.map((each) => each['bom-ref'])]);
  const dependencies = all.dependencies
    .map(({ ref: of, dependsOn }) => ({ ref: of === former ? ref : of, dependsOn }))
    .filter(({ ref: of }) => kept.has(of))
    .map(({ ref: of, dependsOn }) => ({ ref: of, dependsOn: dependsOn.filter((each) => kept.has(each)) }));
  return { ...all, metadata: { ...all.metadata, component }, components, dependencies };
}
