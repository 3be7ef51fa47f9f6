import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  await run('npm', ['run', 'build'], { cwd: root });
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], { cwd: root });
  const [{ filename }] = JSON.parse(stdout);
  const modules = join(project, 'node_modules');
  const target = join(modules, 'vision-longformer');
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', join(project, filename), '-C', target, '--strip-components=1']);
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name.startsWith('.') || without.includes(name)) continue;
    await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  await writeFile(join(project, 'package.json'), '{ "name": "elsewhere", "type": "module" }');
  return project;
}
