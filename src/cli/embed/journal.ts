import { existsSync } from 'node:fs';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import type { ImageEmbedding } from '../../classify/embedding.js';

/** What is kept of one image. */
export interface EmbeddedImage {
  readonly name: string;
  readonly features: Float32Array;
  readonly classToken?: Float32Array;
  readonly mean: Float32Array;
  readonly patches?: Pick<ImageEmbedding['patches'], 'data' | 'rows' | 'columns' | 'width'>;
}

const encode = (data: Float32Array | undefined) =>
  data && Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
const decode = (text: string) => new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);

/**
 * Images done so far, a line each, beside the file that is written at the end. A line that a kill cut off does not count, nor
 * do those of a journal that was begun with another model or other settings.
 */
export class EmbeddingJournal {
  readonly #path: string;
  readonly #settings: string;

  /** @param settings what all lines have to have been made with, as text */
  constructor(out: string, settings: string) {
    this.#path = `${out}.journal`;
    this.#settings = settings;
  }

  /** Images that need not be done again. */
  async open(): Promise<EmbeddedImage[]> {
    const lines = existsSync(this.#path) ? (await readFile(this.#path, 'utf8')).split('\n') : [];
    if (lines[0] === this.#settings) {
      const images = lines.slice(1).flatMap(parseLine);
      // What a kill left of a line would otherwise be the beginning of the next one.
      await this.#write(images);
      return images;
    }
    await this.#write([]);
    return [];
  }

  async add(image: EmbeddedImage): Promise<void> {
    await appendFile(this.#path, lineOf(image));
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }

  async #write(images: readonly EmbeddedImage[]): Promise<void> {
    await writeFile(this.#path, `${this.#settings}\n${images.map(lineOf).join('')}`);
  }
}

function lineOf({ name, features, classToken, mean, patches }: EmbeddedImage): string {
  const line = {
    name,
    features: encode(features),
    classToken: encode(classToken),
    mean: encode(mean),
    patches: patches && { ...patches, data: encode(patches.data) },
  };
  return `${JSON.stringify(line)}\n`;
}

function parseLine(text: string): EmbeddedImage[] {
  try {
    const { name, features, classToken, mean, patches } = JSON.parse(text);
    return [
      {
        name,
        features: decode(features),
        ...(classToken && { classToken: decode(classToken) }),
        mean: decode(mean),
        ...(patches && { patches: { ...patches, data: decode(patches.data) } }),
      },
    ];
  } catch {
    return [];
  }
}
