import { UserError } from './errors.js';

/** Versions of the packages that are loaded where they are used, as in `peerDependencies`. */
const versions = {
  '@tensorflow/tfjs': '4.22.0',
  '@tensorflow/tfjs-backend-cpu': '4.22.0',
  '@tensorflow/tfjs-backend-wasm': '4.22.0',
  '@tensorflow/tfjs-backend-webgpu': '4.22.0',
  bullmq: '6',
  canvas: 'npm:@napi-rs/canvas@1',
  ioredis: '5',
  vega: '5.33.1',
  'vega-lite': '5.23.0',
  webgpu: '0.6',
} as const;

export type OptionalPackage = keyof typeof versions;

/**
 * Loads a package that is not installed with this one: few need it, and it is large.
 * @param purpose what needs it, as the start of a sentence, e.g. 'Drawing charts'
 * @param load imports it, e.g. `() => import('vega')`: written out, so that types and bundlers know it
 * @param withIt others that the same purpose needs, named in the same command
 * @throws UserError with the command that installs it when it is absent, with the reason when it does not load
 */
export async function optionalPackage<Module>(
  name: OptionalPackage,
  purpose: string,
  load: () => Promise<Module>,
  withIt: readonly OptionalPackage[] = [],
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isAbsent =
      'code' in error && error.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes(`'${name}'`);
    const message = isAbsent
      ? `${purpose} needs the package ${name}, which is not installed with vision-longformer: run ` +
        `\`${installCommand([name, ...withIt])}\`.`
      : `${purpose} needs the package ${name}, which is installed but does not load: ${error.message}`;
    throw new UserError(message, { cause: error });
  }
}

function installCommand(names: readonly OptionalPackage[]): string {
  return `npm install ${names.map((name) => `${name}@${versions[name]}`).join(' ')}`;
}
