import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ModelRegistry } from './models/registry.js';
import type { SceneService } from './scenes/scene-service.js';
import type { Timings } from './timings.js';
import type { MemoryBudget } from './uploads/byte-collector.js';
import type { WorkQueue } from './work-queue.js';

/** What gauges are read from when the metrics are asked for. */
export interface Observed {
  readonly queue: WorkQueue;
  readonly uploadMemory: MemoryBudget;
  readonly models: ModelRegistry;
  /** Absent where the server takes no scenes. */
  readonly scenes?: Pick<SceneService, 'load'>;
}

const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** The server's Prometheus metrics. */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests = new Counter({
    name: 'vil_http_requests_total',
    help: 'Requests answered, by route and status',
    labelNames: ['method', 'route', 'status'],
    registers: [this.registry],
  });
  readonly #latency = new Histogram({
    name: 'vil_http_request_seconds',
    help: 'From the request to the end of its answer',
    labelNames: ['route'],
    buckets: secondsBuckets,
    registers: [this.registry],
  });
  readonly #stages = new Histogram({
    name: 'vil_stage_seconds',
    help: 'Where requests with an image spent their time',
    labelNames: ['stage'],
    buckets: secondsBuckets,
    registers: [this.registry],
  });
  readonly #batches = new Histogram({
    name: 'vil_batch_images',
    help: 'Images that were run as one batch',
    buckets: [1, 2, 4, 8, 16, 32],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Adds the gauges of a server. */
  observe({ queue, uploadMemory, models, scenes }: Observed): void {
    this.#gauge('vil_queue_depth', 'Requests that wait for their turn', () => queue.depth);
    this.#gauge('vil_queue_running', 'Requests that are worked on', () => queue.running);
    this.#gauge('vil_upload_bytes', 'Bytes of bodies in memory', () => uploadMemory.used);
    if (scenes) {
      this.#gauge('vil_scenes_waiting', 'Scenes that wait for their turn', () => scenes.load.waiting);
      this.#gauge('vil_scenes_disk_bytes', 'Scenes, results and tiles on the disk', () => scenes.load.bytes);
    }
    this.#observeMemory(models);
    const info = new Gauge({
      name: 'vil_model_info',
      help: 'Models served; always 1',
      labelNames: ['name', 'task'],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const { name, task } of models.models) info.set({ name, task }, 1);
      },
    });
  }

  /** Memory of the processes of models; this process tells its own. */
  #observeMemory(models: ModelRegistry): void {
    const gauge: Gauge = new Gauge({
      name: 'vil_model_resident_bytes',
      help: 'Resident memory of the process of a model',
      labelNames: ['name'],
      registers: [this.registry],
      async collect() {
        const all = await models.memory();
        gauge.reset();
        for (const [name, bytes] of all) gauge.set({ name }, bytes);
      },
    });
  }

  #gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.registry],
      collect: () => gauge.set(read()),
    });
  }

  countRequest(method: string, route: string, status: number, seconds: number): void {
    this.#requests.inc({ method, route, status: String(status) });
    this.#latency.observe({ route }, seconds);
  }

  countStages({ upload, queue, inference }: Timings): void {
    for (const [stage, seconds] of Object.entries({ upload, queue, inference })) {
      this.#stages.observe({ stage }, seconds);
    }
  }

  countBatch(images: number): void {
    this.#batches.observe(images);
  }
}
