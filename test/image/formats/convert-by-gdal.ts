import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { loadGdal } from '../../../src/geo/gdal/gdal-module.js';

/** Writes an image in another format, as `gdal_translate` does, with all files that belong to it. */
export async function convertByGdal(from: string, to: string, words: readonly string[]): Promise<void> {
  const { module, complaints } = await loadGdal();
  const { FS } = module;
  const [input, output] = [`/${basename(from)}`, `/${basename(to)}`];
  FS.writeFile(input, await readFile(from));
  const text = (value: string) => {
    const bytes = new TextEncoder().encode(`${value}\0`);
    const address = module._malloc(bytes.length);
    module.HEAPU8.set(bytes, address);
    return address;
  };
  const list = module._malloc(4 * (words.length + 1));
  module.HEAPU32.set([...words.map(text), 0], list / 4);
  const options = module.ccall(
    'GDALTranslateOptionsNew',
    'number',
    ['number', 'number'],
    [list, 0],
  ) as number;
  const source = module.ccall('GDALOpen', 'number', ['string'], [input]) as number;
  const types = ['string', 'number', 'number', 'number'] as const;
  const made = module.ccall('GDALTranslate', 'number', types, [output, source, options, 0]) as number;
  if (!made) throw new Error(complaints().join('; '));
  module.ccall('GDALClose', null, ['number'], [made]);
  const stem = output.replace(/\.\w+$/, '');
  for (const name of [output, `${stem}.hdr`, `${output}.aux.xml`, `${stem}.wld`]) {
    const exists = (() => {
      try {
        return FS.stat(name).size > 0;
      } catch {
        return false;
      }
    })();
    if (exists) await writeFile(join(dirname(to), basename(name)), FS.readFile(name));
    if (exists) FS.unlink(name);
  }
}
