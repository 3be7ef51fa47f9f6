import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type { SceneLimits } from '../../server/scenes/scene-limits.js';
import { defaultSceneLimits } from '../../server/scenes/scene-limits.js';
import type { ServerOptions } from '../../server/start-server.js';
import type { LoadOptions } from '../detect/load.js';

interface SceneFlags extends Pick<LoadOptions, 'device' | 'threads'> {
  readonly port: number;
  readonly dataDir?: string;
  /** Default: `defaultSceneLimits`. */
  readonly limits?: SceneLimits;
}

/**
 * How a server keeps and runs scenes: by default in a temporary folder of the user's own, one for each port, as a folder
 * belongs to one server.
 */
export function sceneSettings({
  port,
  dataDir,
  limits = defaultSceneLimits,
  device,
  threads,
}: SceneFlags): ServerOptions['scenes'] {
  const name = `vision-longformer-${userInfo().username}-${port === 0 ? process.pid : port}`;
  const folder = resolve(dataDir ?? join(tmpdir(), name));
  return { folder, limits, device, threads };
}
