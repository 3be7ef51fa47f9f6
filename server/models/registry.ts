import type { Logger } from 'pino';
import { unlessAborted } from '../../src/base/unless-aborted.js';
import { ProblemError } from '../problem.js';
import { inSpan } from '../tracing.js';
import { ModelStatistics } from './model-statistics.js';
import type { ModelInfo, ServedFor, ServedModel, Task } from './served-model.js';
import { does } from './served-model.js';

/** Loads a model, but does not warm it. Nobody waits for it any more once the signal aborts. */
export type LoadModel = (signal: AbortSignal) => Promise<ServedModel>;

interface Entry<Model extends ServedModel = ServedModel> {
  readonly model: Model;
  users: number;
  isRetired: boolean;
}

/**
 * The models of a server, loaded once and shared by its requests. They can be loaded anew while requests go on: those
 * that have begun keep the model they began with, which is closed after the last of them.
 */
export class ModelRegistry {
  readonly statistics = new ModelStatistics();
  readonly #loaders: readonly LoadModel[];
  readonly #logger: Logger;
  #entries: readonly Entry[] = [];
  readonly #closing = new AbortController();
  #loading: Promise<void> = Promise.resolve();
  /** The load that begins when the one under way has ended. */
  #next: Promise<void> | undefined;

  constructor(loaders: readonly LoadModel[], logger: Logger) {
    this.#loaders = loaders;
    this.#logger = logger;
  }

  /** What is served now; nothing while the models are being loaded for the first time. */
  get models(): readonly ModelInfo[] {
    return this.#entries.map(({ model }) => model.info);
  }

  /**
   * Loads and warms all models, then lets them take the place of those served so far. One load follows another; asked for
   * several times meanwhile, it is done once.
   * @throws whatever the loading of one throws; those served so far then stay
   */
  load(): Promise<void> {
    this.#next ??= this.#loading
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#loadAll();
      });
    this.#loading = this.#next;
    return this.#loading;
  }

  async #loadAll(): Promise<void> {
    const loaded: ServedModel[] = [];
    try {
      for (const load of this.#loaders) {
        this.#closing.signal.throwIfAborted();
        const model = await load(this.#closing.signal);
        loaded.push(model);
        checkName(model.info, loaded.slice(0, -1));
        await unlessAborted(model.warm(), this.#closing.signal);
        this.#logger.info({ model: model.info.name, task: model.info.task }, 'model loaded');
      }
    } catch (error) {
      await Promise.all(loaded.map((model) => model.close()));
      throw error;
    }
    if (this.#closing.signal.aborted) {
      await Promise.all(loaded.map((model) => model.close()));
      return;
    }
    const former = this.#entries;
    this.#entries = loaded.map((model) => ({ model, users: 0, isRetired: false }));
    for (const entry of former) this.#retire(entry);
  }

  /**
   * Finds a model.
   * @param name the first model of the task by default
   * @throws ProblemError 404 when there is none of that name, 400 when it does something else
   */
  find(task: Task, name?: string): ModelInfo {
    return this.#find(task, name).model.info;
  }

  /** @throws ProblemError 404 when there is no model of that name */
  named(name: string): ModelInfo {
    const found = this.models.find((model) => model.name === name);
    if (found) return found;
    throw this.#unknown(name);
  }

  /** Runs `work` with a model, which is not closed before the end of it. */
  async use<T extends Task, Result>(
    task: T,
    wanted: string | undefined,
    work: (model: ServedFor[T]) => Promise<Result>,
  ): Promise<Result> {
    const entry = this.#find(task, wanted);
    entry.users++;
    try {
      const { name } = entry.model.info;
      const attributes = { 'vil.model': name, 'vil.task': task };
      const timed = () => this.statistics.time(name, () => work(entry.model));
      return await inSpan('inference', attributes, timed);
    } finally {
      entry.users--;
      if (entry.isRetired) this.#retire(entry);
    }
  }

  #find<T extends Task>(task: T, name: string | undefined): Entry<ServedFor[T]> {
    const named =
      name === undefined ? this.#entries : this.#entries.filter(({ model }) => model.info.name === name);
    const entry = named.find((each): each is Entry<ServedFor[T]> => does(each.model, task));
    if (entry) return entry;
    if (name === undefined) {
      throw new ProblemError(404, 'unknown_model', `This server has no model to ${task} with.`);
    }
    if (named.length > 0) {
      const detail = `The model ${name} is there to ${named[0]!.model.info.task}, not to ${task}.`;
      throw new ProblemError(400, 'wrong_task', detail);
    }
    throw this.#unknown(name);
  }

  #unknown(name: string): ProblemError {
    const known = this.models.map((model) => model.name).join(', ');
    return new ProblemError(404, 'unknown_model', `There is no model "${name}" here. Known: ${known}.`);
  }

  #retire(entry: Entry): void {
    entry.isRetired = true;
    if (entry.users > 0) return;
    entry.model
      .close()
      .catch((error: unknown) => this.#logger.error({ err: error }, 'closing a model failed'));
  }

  /** Bytes that each model takes in a process of its own, where it has one. */
  async memory(): Promise<[name: string, bytes: number][]> {
    const read = async ({ info, memory }: ServedModel): Promise<[string, number][]> => {
      const use = await memory?.().catch(() => undefined);
      return use ? [[info.name, use.resident]] : [];
    };
    return (await Promise.all(this.#entries.map(({ model }) => read(model)))).flat();
  }

  /**
   * Frees all models; to be called when no request uses them any more. Loads that are under way or have been asked for are
   * given up.
   */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the server stops'));
    await Promise.all(this.#entries.map(({ model }) => model.close()));
    this.#entries = [];
  }
}

function checkName({ name }: ModelInfo, others: readonly ServedModel[]): void {
  if (others.some(({ info }) => info.name === name)) {
    throw new Error(`Two models are named ${name}.`);
  }
}
