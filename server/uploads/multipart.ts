import busboy from 'busboy';
import type { Request, Response } from 'express';
import { ProblemError } from '../problem.js';
import type { ByteCollector } from './byte-collector.js';
import type { BodyLimits } from './receive-body.js';
import { receiveBody } from './receive-body.js';

/** Name of the form's only field. */
export const imageField = 'image';

/**
 * Reads the file of the field `image` of a form (RFC 7578) into a collector.
 * @throws ProblemError for what is no such form or has other parts, and as `receiveBody` does
 */
export async function readMultipart(
  request: Request,
  response: Response,
  limits: BodyLimits,
  signal: AbortSignal,
  collector: ByteCollector,
): Promise<void> {
  const parser = openParser(request);
  let files = 0;
  const parsed = new Promise<void>((resolve, reject) => {
    parser.on('file', (name, stream) => {
      files++;
      stream.on('error', (error) => reject(wrongForm(`${error.message}.`)));
      if (name !== imageField) {
        stream.resume();
        return reject(wrongForm(`It has a file in the field "${name.slice(0, 100)}".`));
      }
      stream.on('data', (piece: Buffer) => {
        try {
          collector.add(piece);
        } catch (error) {
          reject(error);
        }
      });
    });
    parser.on('field', (name) => reject(wrongForm(`It has a text in the field "${name.slice(0, 100)}".`)));
    for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
      parser.on(limit, () => reject(wrongForm('It has more than one part.')));
    }
    parser.on('error', (error: Error) => reject(wrongForm(`${error.message}.`)));
    parser.on('close', () => resolve());
  });
  // Looked at only after the body; until then a failure of the form must not count as unhandled.
  let failure: unknown;
  parsed.catch((error: unknown) => {
    failure = error;
  });
  await receiveBody(request, response, limits, signal, (piece) => {
    if (failure !== undefined) throw failure;
    if (parser.write(piece)) return undefined;
    return new Promise((resolve) => parser.once('drain', resolve));
  });
  if (failure === undefined) parser.end();
  await parsed;
  if (files === 0) throw wrongForm('It has no file.');
}

function openParser(request: Request): busboy.Busboy {
  try {
    return busboy({
      headers: request.headers,
      limits: { files: 1, fields: 1, parts: 2, fieldSize: 1024, headerPairs: 20 },
    });
  } catch (error) {
    throw wrongForm(`${(error as Error).message}.`);
  }
}

function wrongForm(what: string): ProblemError {
  const detail = `The form is not one with a file in the field "${imageField}". ${what}`;
  return new ProblemError(400, 'bad_request', detail);
}
