import { createRequire } from 'node:module';
import { UserError } from '../../../base/errors.js';
import { answerRequests } from '../../../base/threads/requests.js';

export interface DecodeRequest {
  readonly codestream: Uint8Array;
  /** How often the image is halved. */
  readonly level: number;
}

export interface Decoded {
  readonly width: number;
  readonly height: number;
  /** Interleaved, as bytes: 8 bits, or 16 in the order of this machine. */
  readonly bytes: Uint8Array;
}

interface Decoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  decodeSubResolution(level: number, layer: number): void;
  getFrameInfo(): {
    readonly width: number;
    readonly height: number;
    readonly bitsPerSample: number;
    readonly componentCount: number;
  };
  delete(): void;
}

interface OpenJpeg {
  readonly J2KDecoder: new () => Decoder;
}

const require = createRequire(import.meta.url);
let loaded: Promise<OpenJpeg> | undefined;
let complaint = '';

function load(): Promise<OpenJpeg> {
  const make = require('@cornerstonejs/codec-openjpeg/decodewasmjs') as (
    options: object,
  ) => Promise<OpenJpeg>;
  const note = (line: string) => {
    if (line.includes('[ERROR]')) complaint ||= line.replace('[ERROR] ', '').trim();
  };
  return make({ print: note, printErr: note });
}

answerRequests<DecodeRequest, Decoded>(
  async ({ codestream, level }) => {
    loaded ??= load();
    const { J2KDecoder } = await loaded;
    const decoder = new J2KDecoder();
    complaint = '';
    try {
      decoder.getEncodedBuffer(codestream.length).set(codestream);
      decoder.decodeSubResolution(level, 0);
      // The decoder goes on calling a halved image as large as the whole one.
      const frame = decoder.getFrameInfo();
      const [width, height] = [Math.ceil(frame.width / 2 ** level), Math.ceil(frame.height / 2 ** level)];
      const bytes = Uint8Array.from(decoder.getDecodedBuffer());
      const expected = width * height * frame.componentCount * (frame.bitsPerSample > 8 ? 2 : 1);
      if (bytes.length === 0 || bytes.length !== expected || complaint)
        throw new UserError(complaint || 'OpenJPEG decodes nothing of it');
      return { width, height, bytes };
    } catch (cause) {
      if (cause instanceof UserError) throw cause;
      throw new UserError(complaint || 'OpenJPEG gave up', { cause });
    } finally {
      decoder.delete();
    }
  },
  { transfer: ({ bytes }) => [bytes.buffer as ArrayBuffer] },
);
