import { z } from 'zod';
import { ProblemError } from '../problem.js';

/** Most characters of an address. */
const mostAddress = 2000;

export const urlSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .max(mostAddress)
    .meta({ description: 'http or https address of an image' }),
});

/** The form of Hugging Face's inference API. */
export function inputsSchema<Parameters extends z.ZodType>(parameters: Parameters) {
  return z.strictObject({
    inputs: z.string().min(1).meta({ description: 'An image as base64' }),
    parameters: parameters.optional(),
  });
}

/** What JSON says of an image: where it is, or the image itself with how to look at it. */
export type JsonBody<Parameters> =
  | { readonly url: string }
  | { readonly inputs: Uint8Array<ArrayBuffer>; readonly parameters: Parameters | undefined };

/**
 * @param parameters that the route takes
 * @throws ProblemError 400 for anything else
 */
export function parseJsonBody<Parameters extends z.ZodType>(
  bytes: Uint8Array,
  parameters: Parameters,
): JsonBody<z.output<Parameters>> {
  const value = parseJson(bytes);
  const isInputs = typeof value === 'object' && value !== null && 'inputs' in value;
  if (!isInputs) return checked(urlSchema, value);
  const body = checked(inputsSchema(parameters), value) as {
    inputs: string;
    parameters?: z.output<Parameters>;
  };
  return { inputs: decodeBase64(body.inputs), parameters: body.parameters };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw wrong('The body is said to be JSON, but is not.');
  }
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw wrong(`Wrong body: ${z.prettifyError(parsed.error)}`);
}

/** Base64, alone or as a data URL. */
function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const start = /^data:[\w/+.-]*;base64,/.exec(text.slice(0, 200))?.[0].length ?? 0;
  const base64 = text.slice(start);
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  // What is no base64 is left out by the decoder, which shows in the length.
  const digits = base64.length - /=*$/.exec(base64.slice(-2))![0].length;
  if (bytes.length > 0 && bytes.length === Math.floor((digits * 3) / 4)) return bytes;
  throw wrong('"inputs" has to be an image as base64.');
}

function wrong(detail: string): ProblemError {
  return new ProblemError(400, 'bad_request', detail);
}
