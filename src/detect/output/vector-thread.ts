import { answerRequests } from '../../base/threads/requests.js';
import type { GdalModule } from '../../geo/gdal/gdal-module.js';
import { loadGdal } from '../../geo/gdal/gdal-module.js';
import type { VectorAnswer, VectorRequest, VectorStep } from './translate-vectors.js';

/** GDAL_OF_VECTOR */
const vectors = 4;
let folders = 0;

answerRequests(async ({ inputs, steps, outputs }: VectorRequest): Promise<VectorAnswer> => {
  const { module, complaints } = await loadGdal();
  const folder = `/vectors-${folders++}`;
  module.FS.mkdir(folder);
  for (const [name, content] of Object.entries(inputs)) module.FS.writeFile(`${folder}/${name}`, content);
  complaints();
  for (const step of steps) {
    if (!translate(module, folder, step))
      throw new Error(complaints().join(' ') || `GDAL cannot write ${step.to}`);
  }
  const written = outputs.filter((name) => isFile(module, `${folder}/${name}`));
  return Object.fromEntries(written.map((name) => [name, module.FS.readFile(`${folder}/${name}`)]));
});

function isFile(module: GdalModule, path: string): boolean {
  try {
    return module.FS.stat(path).size >= 0;
  } catch {
    return false;
  }
}

/** What ogr2ogr does. */
function translate(module: GdalModule, folder: string, { from, to, args }: VectorStep): boolean {
  const opened = call(module, 'GDALOpenEx', `${folder}/${from}`, vectors, 0, 0, 0);
  if (!opened) return false;
  const options = call(module, 'GDALVectorTranslateOptionsNew', textList(module, args), 0);
  const list = module._malloc(4);
  module.HEAP32[list >> 2] = opened;
  const written = call(module, 'GDALVectorTranslate', `${folder}/${to}`, 0, 1, list, options, 0);
  // Closing writes.
  if (written) call(module, 'GDALClose', written);
  call(module, 'GDALVectorTranslateOptionsFree', options);
  call(module, 'GDALClose', opened);
  return written !== 0;
}

function call(module: GdalModule, name: string, ...values: (string | number)[]): number {
  const types = values.map((value) => (typeof value === 'string' ? 'string' : 'number'));
  return module.ccall(name, 'number', types, values) as number;
}

/** A list of strings as C has them; the few bytes stay until the thread ends. */
function textList(module: GdalModule, texts: readonly string[]): number {
  const addresses = texts.map((text) => {
    const bytes = Buffer.from(`${text}\0`);
    const address = module._malloc(bytes.length);
    module.HEAPU8.set(bytes, address);
    return address;
  });
  const list = module._malloc(4 * (addresses.length + 1));
  for (const [index, address] of [...addresses, 0].entries()) module.HEAP32[(list >> 2) + index] = address;
  return list;
}
