import { z } from 'zod';
import { UserError } from '../base/errors.js';
import { elementCount } from '../tensor/named-arrays.js';
import { bytesPerElement, type DataType, dataTypes, isDataType } from './data-types.js';

/** The same limit as the reference implementation's: no real model comes near it, a hostile length field does. */
const MAX_HEADER_BYTES = 100_000_000;
/** Bytes of the length field in front of the header. */
export const LENGTH_BYTES = 8;

const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
});
const metadataSchema = z.record(z.string(), z.string());

/** Where a tensor lies in the data part of a file. */
export interface TensorSpan {
  readonly name: string;
  readonly dtype: DataType;
  readonly shape: number[];
  /** First byte and the byte after the last, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: Record<string, string>;
  readonly spans: readonly TensorSpan[];
}

/**
 * Reads the length of the JSON header from the first eight bytes of a file.
 * @param fileBytes size of the whole file
 * @throws UserError when the file is too short for it, or the length is absurd
 */
export function headerLength(start: Uint8Array, fileBytes: number, source: string): number {
  if (start.byteLength < LENGTH_BYTES) {
    throw new UserError(`${source} is not a safetensors file: it has only ${start.byteLength} bytes`);
  }
  const view = new DataView(start.buffer, start.byteOffset, LENGTH_BYTES);
  const length = view.getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw new UserError(
      `${source} is not a safetensors file: its header would have ${length} bytes (at most ${MAX_HEADER_BYTES})`,
    );
  }
  if (Number(length) > fileBytes - LENGTH_BYTES) {
    throw new UserError(
      `${source} is truncated: its header has ${length} bytes, the whole file ${fileBytes}. Fetch it again.`,
    );
  }
  return Number(length);
}

/**
 * Parses and checks a safetensors header: after this, every span lies inside the data, fits its tensor's shape and
 * type, and no byte belongs to two tensors or to none.
 * @param dataBytes bytes of the file after the header
 * @param source the file's name, for messages
 * @throws UserError naming file and tensor
 */
export function parseHeader(bytes: Uint8Array, dataBytes: number, source: string): SafetensorsHeader {
  const { __metadata__: metadata = {}, ...entries } = parseJsonObject(bytes, source);
  const parsed = metadataSchema.safeParse(metadata);
  if (!parsed.success) throw new UserError(`${source}: __metadata__ must map strings to strings`);
  const spans = Object.entries(entries).map(([name, entry]) => parseSpan(name, entry, source));
  checkCoverage(spans, dataBytes, source);
  return { metadata: parsed.data, spans };
}

function parseJsonObject(bytes: Uint8Array, source: string): Record<string, unknown> {
  let header: unknown;
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${source} is not a safetensors file: its header is not JSON`, { cause: error });
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw new UserError(`${source} is not a safetensors file: its header is not a JSON object`);
  }
  const duplicate = firstDuplicateKey(text);
  if (duplicate !== undefined) throw new UserError(`${source}: two tensors are named "${duplicate}"`);
  return header as Record<string, unknown>;
}

/** JSON.parse keeps the last of two equal keys in silence; this finds them in text that it has accepted. */
function firstDuplicateKey(json: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  for (const [token, isKey] of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && isKey) {
      const key = JSON.parse(token.slice(0, -isKey.length)) as string;
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return undefined;
}

function parseSpan(name: string, entry: unknown, source: string): TensorSpan {
  const where = `${source}: tensor "${name}"`;
  const parsed = entrySchema.safeParse(entry);
  if (!parsed.success) {
    throw new UserError(`${where} is described wrongly: ${z.prettifyError(parsed.error)}`);
  }
  const { dtype, shape, data_offsets } = parsed.data;
  const [begin, end] = data_offsets;
  if (!isDataType(dtype)) {
    throw new UserError(`${where} has the unknown type ${dtype}; known are ${dataTypes.join(', ')}`);
  }
  const bytes = elementCount(shape) * bytesPerElement(dtype);
  if (end - begin !== bytes) {
    throw new UserError(
      `${where} of type ${dtype} and shape [${shape}] needs ${bytes} bytes, but its span ${begin} to ${end} has ` +
        `${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

function checkCoverage(spans: readonly TensorSpan[], dataBytes: number, source: string): void {
  const sorted = spans.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  let previous = '';
  for (const { name, begin, end } of sorted) {
    if (end > dataBytes) {
      throw new UserError(
        `${source} is truncated: tensor "${name}" ends at byte ${end} of the data, of which there are ${dataBytes}. ` +
          'Fetch it again.',
      );
    }
    if (begin < covered) throw new UserError(`${source}: tensors "${previous}" and "${name}" overlap`);
    if (begin > covered) {
      throw new UserError(`${source}: ${begin - covered} bytes before tensor "${name}" belong to no tensor`);
    }
    covered = end;
    previous = name;
  }
  if (covered < dataBytes) {
    throw new UserError(`${source}: ${dataBytes - covered} bytes at its end belong to no tensor`);
  }
}
