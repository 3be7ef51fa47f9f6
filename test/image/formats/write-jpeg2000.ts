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
