import { createRequire } from 'node:module';

interface Encoder {
  getDecodedBuffer(info: object): Uint8Array;
  getEncodedBuffer(): Uint8Array;
  setQuality(isLossless: boolean, quality: number): void;
  encode(): void;
}

export interface Jpeg2000Facts {
  readonly width: number;
  readonly height: number;
  /** One where there are 16 bits: the encoder crashes on three of those. */
  readonly bands: 1 | 3;
  readonly bits: 8 | 16;
}

/** A lossless JPEG 2000 codestream. @param samples interleaved bytes */
export async function jpeg2000(
  { width, height, bands, bits }: Jpeg2000Facts,
  samples: Uint8Array,
): Promise<Buffer> {
  const load = createRequire(import.meta.url)('@cornerstonejs/codec-openjpeg/wasmjs');
  const { J2KEncoder } = (await load({ print: () => undefined })) as { J2KEncoder: new () => Encoder };
  const encoder = new J2KEncoder();
  const kind = { bitsPerSample: bits, componentCount: bands, isSigned: false, isUsingColorTransform: false };
  encoder.getDecodedBuffer({ width, height, ...kind }).set(samples);
  encoder.setQuality(true, 0);
  encoder.encode();
  return Buffer.from(encoder.getEncodedBuffer());
}

/** A box of a JP2 file (ISO/IEC 15444-1, annex I). */
export function box(type: string, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

/** A JP2 file of boxes, the codestream's among them. */
export function jp2(...boxes: Uint8Array[]): Buffer {
  const start = [box('jP  ', Buffer.from([13, 10, 0x87, 10])), box('ftyp', Buffer.from('jp2 \0\0\0\0jp2 '))];
  return Buffer.concat([...start, ...boxes]);
}
