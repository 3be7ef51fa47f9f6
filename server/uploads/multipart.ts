import busboy from 'busboy';
import type { Request, Response } from 'express';
import { ProblemError } from '../problem.js';
import { ByteCollector, type MemoryBudget } from './byte-collector.js';
import type { BodyLimits } from './receive-body.js';
import { receiveBody } from './receive-body.js';

/** Name of the form's only field, which may be there several times. */
export const imageField = 'image';

/** Most images of a form. */
export const mostFiles = 64;

/** A file of a form. */
export interface FormFile {
  /** As the client calls it. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Reads the files of the field `image` of a form (RFC 7578), in their order.
 * @param memory that they count against until the answer is out
 * @throws ProblemError for what is no such form, has other parts or empty files, and as `receiveBody` does
 */
export async function readMultipart(
  request: Request,
  response: Response,
  limits: BodyLimits,
  signal: AbortSignal,
  memory: MemoryBudget,
): Promise<FormFile[]> {
  const form = new FormReader(request, memory);
  response.once('close', () => form.release());
  await receiveBody(request, response, limits, signal, (piece) => form.write(piece));
  return form.finish();
}

class FormReader {
  readonly #parser: busboy.Busboy;
  readonly #memory: MemoryBudget;
  readonly #files: { readonly name: string; readonly collector: ByteCollector }[] = [];
  /** What is wrong with the form, as far as it has been read. */
  #failure: unknown;
  #closed: Promise<void>;

  constructor(request: Request, memory: MemoryBudget) {
    this.#memory = memory;
    this.#parser = openParser(request);
    this.#closed = new Promise((resolve) => this.#parser.on('close', resolve));
    this.#parser.on('error', (error) => this.#fail(wrongForm(`${(error as Error).message}.`)));
    this.#parser.on('file', (field, stream, { filename }) => {
      stream.on('error', (error) => this.#fail(wrongForm(`${error.message}.`)));
      if (field !== imageField) this.#fail(wrongForm(`It has a file in the field "${field.slice(0, 100)}".`));
      this.#collect(stream, filename ?? '');
    });
    this.#parser.on('field', (name) => {
      this.#fail(wrongForm(`It has a text in the field "${name.slice(0, 100)}".`));
    });
    for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
      this.#parser.on(limit, () => this.#fail(wrongForm(`It has more than ${mostFiles} parts.`)));
    }
  }

  #collect(stream: NodeJS.ReadableStream, name: string): void {
    const collector = new ByteCollector(this.#memory);
    this.#files.push({ name, collector });
    stream.on('data', (piece: Buffer) => {
      if (this.#failure !== undefined) return;
      try {
        collector.add(piece);
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
  }

  /** @throws what is wrong with the form so far */
  write(piece: Buffer): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#parser.write(piece)) return undefined;
    return new Promise((resolve) => this.#parser.once('drain', resolve));
  }

  async finish(): Promise<FormFile[]> {
    // A form with something wrong in it may have destroyed its parser, which then says no more.
    if (this.#failure === undefined) {
      this.#parser.end();
      await Promise.race([this.#closed, new Promise((resolve) => this.#parser.once('error', resolve))]);
    }
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#files.length === 0) throw wrongForm('It has no file.');
    return this.#files.map(({ name, collector }, index) => {
      if (collector.length === 0)
        throw wrongForm(`Its ${fileName(name, index, this.#files.length)} is empty.`);
      return { name, bytes: collector.join() };
    });
  }

  release(): void {
    for (const { collector } of this.#files) collector.release();
  }
}

function fileName(name: string, index: number, count: number): string {
  const which = count > 1 ? `file ${index + 1} of ${count}` : 'file';
  return name === '' ? which : `${which}, "${name.slice(0, 100)}",`;
}

function openParser(request: Request): busboy.Busboy {
  try {
    return busboy({
      headers: request.headers,
      limits: { files: mostFiles, fields: 1, parts: mostFiles + 1, fieldSize: 1024, headerPairs: 20 },
    });
  } catch (error) {
    throw wrongForm(`${(error as Error).message}.`);
  }
}

function wrongForm(what: string): ProblemError {
  const detail = `The form is not one with images in the field "${imageField}". ${what}`;
  return new ProblemError(400, 'bad_request', detail);
}
