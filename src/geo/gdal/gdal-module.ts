import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { UserError } from '../../base/errors.js';

/** Numbers are addresses in the memory of the module, or plain numbers, as the C function has them. */
type Argument = number | string | null;

/** What of the Emscripten module of gdal3.js is used here. */
export interface GdalModule {
  ccall(
    name: string,
    result: 'number' | 'string' | null,
    types: readonly ('number' | 'string')[],
    values: readonly Argument[],
  ): unknown;
  _malloc(bytes: number): number;
  _free(address: number): void;
  UTF8ToString(address: number): string;
  readonly HEAPU8: Uint8Array;
  readonly HEAP32: Int32Array;
  readonly HEAPU32: Uint32Array;
  readonly HEAPF64: Float64Array;
  readonly FS: GdalFiles;
  readonly NODEFS: unknown;
}

/** The file system that GDAL sees. */
interface GdalFiles {
  mkdir(path: string): void;
  mount(type: unknown, options: { readonly root: string }, path: string): void;
  readFile(path: string): Uint8Array;
  writeFile(path: string, data: string | Uint8Array): void;
  unlink(path: string): void;
  stat(path: string): { readonly size: number };
}

interface Config {
  readonly path: string;
  readonly useWorker: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly logHandler: (message: string) => void;
  readonly errorHandler: (message: string) => void;
}

const require = createRequire(import.meta.url);

/** How to install it, for messages. */
export const installGdal = 'npm install gdal3.js';

/** Whether the optional package gdal3.js is installed. */
export function hasGdal(): boolean {
  try {
    require.resolve('gdal3.js/package.json');
    return true;
  } catch {
    return false;
  }
}

/** GDAL and PROJ as WebAssembly, and what they last complained about. */
export interface Gdal {
  readonly module: GdalModule;
  /** Takes the messages since it was last called. */
  complaints(): string[];
}

let loaded: Promise<Gdal> | undefined;

/**
 * Loads gdal3.js into this thread. Call it in threads of its own only: it leaves traces in the global scope.
 * @throws UserError when it is not installed
 */
export function loadGdal(): Promise<Gdal> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Gdal> {
  if (!hasGdal()) throw new UserError(`The optional package gdal3.js is needed: ${installGdal}.`);
  const initialise = require('gdal3.js/node.js') as (config: Config) => Promise<{ Module: GdalModule }>;
  const files = join(dirname(require.resolve('gdal3.js/package.json')), 'dist', 'package');
  const messages: string[] = [];
  const { Module } = await initialise({
    // It puts "./" in front of the path of its data, so that only a relative one works.
    path: relative(process.cwd(), files),
    useWorker: false,
    // GDAL takes the successor of a deprecated code otherwise, which may have other coordinates.
    env: { OSR_USE_NON_DEPRECATED: 'NO', GDAL_PAM_ENABLED: 'YES', CPL_LOG_ERRORS: 'ON' },
    logHandler: () => undefined,
    errorHandler: (message) => messages.push(message),
  });
  return { module: Module, complaints: () => messages.splice(0) };
}
