import type { Logger } from 'pino';
import { pino } from 'pino';
import { defaultLimits } from '../../../server/limits.js';
import type { LoadModel } from '../../../server/models/registry.js';
import type { SceneLimits } from '../../../server/scenes/scene-limits.js';
import { defaultSceneLimits } from '../../../server/scenes/scene-limits.js';
import type { SceneStatus } from '../../../server/scenes/scene-status.js';
import type { RunningServer } from '../../../server/start-server.js';
import { startServer } from '../../../server/start-server.js';
import { folderModel } from './tiny-detector.js';

export interface SceneServerOptions {
  readonly folder: string;
  /** Folders of models. */
  readonly detector: string;
  readonly classifier?: string;
  /** Models besides. */
  readonly more?: readonly LoadModel[];
  readonly limits?: Partial<SceneLimits>;
  readonly logger?: Logger;
  readonly keyFile?: string;
}

/** A real server on a free port that takes scenes for the models in these folders. */
export function startSceneServer({
  folder,
  detector,
  classifier,
  more = [],
  limits,
  logger = pino({ level: 'silent' }),
  keyFile,
}: SceneServerOptions): Promise<RunningServer> {
  const models: LoadModel[] = [
    async () => folderModel('detect', detector, 'tiny-detector', ['car', 'lorry']),
    ...more,
  ];
  if (classifier) models.push(async () => folderModel('classify', classifier, 'tiny'));
  return startServer({
    port: 0,
    host: '127.0.0.1',
    limits: defaultLimits,
    logger,
    models,
    keyFile,
    scenes: { folder, limits: { ...defaultSceneLimits, ...limits }, threads: 1 },
  });
}

export async function submit(url: string, body: Uint8Array, query = ''): Promise<Response> {
  return fetch(`${url}/v1/scenes${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'image/png' },
    body: new Uint8Array(body),
  });
}

export async function statusOf(url: string, id: string): Promise<SceneStatus> {
  return (await (await fetch(`${url}/v1/scenes/${id}`)).json()) as SceneStatus;
}

/** Waits until a scene has ended, or `isReached` says that it is far enough. */
export async function waitFor(
  url: string,
  id: string,
  isReached: (scene: SceneStatus) => boolean = ({ finished }) => finished !== undefined,
): Promise<SceneStatus> {
  const deadline = Date.now() + 90_000;
  for (;;) {
    const scene = await statusOf(url, id);
    if (isReached(scene)) return scene;
    if (Date.now() > deadline) throw new Error(`Waited too long for ${JSON.stringify(scene)}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/** The result without how long it took. */
export async function resultOf(url: string, id: string) {
  const response = await fetch(`${url}/v1/scenes/${id}/result`);
  const { timings, ...result } = (await response.json()) as { timings: unknown; predictions: unknown[] };
  return result;
}
