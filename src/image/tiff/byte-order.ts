import type { GeoTIFFImage } from 'geotiff';

const SHORT = 3;
const LONG = 4;
const LONG8 = 16;

/**
 * Loads the long tags of a big-endian file (where its strips are, how long they are).
 *
 * geotiff 3.0.5 loads them when first needed, and then as little-endian whatever the file says, which turns offsets into
 * nonsense. So they are loaded here before it needs them, in the file's own order.
 */
export async function loadBigEndianTags({ fileDirectory, littleEndian }: GeoTIFFImage): Promise<void> {
  if (littleEndian) return;
  for (const [tag, array] of fileDirectory.deferredArrays) {
    const { arrayOffset, itemSize, length, fieldType } = array;
    if (fieldType !== SHORT && fieldType !== LONG && fieldType !== LONG8) continue;
    const [bytes] = await array.source.fetch([{ offset: arrayOffset, length: itemSize * length }]);
    const view = new DataView(bytes!);
    const values = Array.from({ length }, (_, index) => {
      if (fieldType === SHORT) return view.getUint16(2 * index);
      return fieldType === LONG ? view.getUint32(4 * index) : Number(view.getBigUint64(8 * index));
    });
    fileDirectory.actualizedFields.set(tag, values);
    fileDirectory.deferredArrays.delete(tag);
  }
}
