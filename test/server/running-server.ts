import { pino } from 'pino';
import type { ServerLimits } from '../../server/limits.js';
import { defaultLimits } from '../../server/limits.js';
import { LocalClassifier } from '../../server/models/local-classifier.js';
import type { LoadModel } from '../../server/models/registry.js';
import type { RunningServer, ServerOptions } from '../../server/start-server.js';
import { startServer } from '../../server/start-server.js';
import type { ModelRunner } from '../../src/classify/classifier.js';
import { ImageClassifier } from '../../src/classify/classifier.js';
import { standInParts } from '../helpers/stand-in-runner.js';

/** A real server on a free port, with a model of known behaviour. */
export function startStandIn(
  limits: Partial<ServerLimits> = {},
  runner?: ModelRunner,
): Promise<RunningServer> {
  return startWith([standIn(runner)], { limits: { ...defaultLimits, ...limits } });
}

/** A real server on a free port. */
export function startWith(
  models: readonly LoadModel[],
  options: Partial<ServerOptions> = {},
): Promise<RunningServer> {
  return startServer({
    port: 0,
    host: '127.0.0.1',
    limits: defaultLimits,
    logger: pino({ level: 'silent' }),
    models,
    ...options,
  });
}

/** Makes a model of known behaviour. */
export function standIn(runner?: ModelRunner) {
  return async () => new LocalClassifier(new ImageClassifier(standInParts(runner)));
}

/** An runner whose passes end when the test says so; the first, which warms up, ends by itself. */
export class GatedRunner implements ModelRunner {
  readonly #gates: (() => void)[] = [];
  #passes = 0;
  started = 0;

  async run() {
    if (this.#passes++ > 0) {
      this.started++;
      await new Promise<void>((resolve) => this.#gates.push(resolve));
    }
    return { logits: Float32Array.of(3, 2, 1), features: new Float32Array(0) };
  }

  /** Lets the passes that are under way end. */
  release(): void {
    for (const gate of this.#gates.splice(0)) gate();
  }

  async close() {}
}

export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('Waited too long.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
