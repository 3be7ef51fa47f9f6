import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/base/package-root.js';

const run = promisify(execFile);

/**
 * Builds and packs the package and unpacks it as `npm install` would, into a new project, with this folder's dependencies linked
 * instead of downloaded.
 * @param without packages to leave out
 * @returns the project's folder
 */
export async function installElsewhere(without: readonly string[] = []): Promise<string> {
  const root = packageRoot();
  const project = await mkdtemp(join(tmpdir(), 'installed-'));
  const filename = await oneAtATime(join(root, '.cache', 'packing'), async () => {
    await run('npm', ['run', 'build'], { cwd: root });
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], { cwd: root });
    return JSON.parse(stdout)[0].filename as string;
  });
  const modules = join(project, 'node_modules');
  const target = join(modules, 'vision-longformer');
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', join(project, filename), '-C', target, '--strip-components=1']);
  for (const name of await packagesIn(join(root, 'node_modules'))) {
    if (without.includes(name)) continue;
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  await writeFile(join(project, 'package.json'), '{ "name": "elsewhere", "type": "module" }');
  return project;
}

/** Names of the packages in a folder node_modules, with their scopes. */
async function packagesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  const scoped = names.map(async (name) =>
    name.startsWith('@') ? (await readdir(join(folder, name))).map((own) => `${name}/${own}`) : [name],
  );
  return (await Promise.all(scoped)).flat();
}

/** Test files run side by side, and a build replaces the files that another one packs. */
async function oneAtATime<Result>(lock: string, work: () => Promise<Result>): Promise<Result> {
  await mkdir(dirname(lock), { recursive: true });
  for (;;) {
    const made = await mkdir(lock).then(
      () => true,
      () => false,
    );
    if (made) break;
    const since = await stat(lock).then(({ mtimeMs }) => mtimeMs, Date.now);
    // Left by a run that was killed.
    if (Date.now() - since > 300_000) await rm(lock, { recursive: true, force: true });
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}
