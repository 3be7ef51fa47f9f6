import sharp from 'sharp';
import { refuseOtherFormats } from '../src/image/formats/allowed-formats.js';

/**
 * Loaders of formats that a stranger's bytes may be given to. libvips can read more (its own format, vector graphics),
 * but those were not made for untrusted input.
 */
const loaders = ['Jpeg', 'Png', 'Webp', 'Tiff', 'Nsgif', 'Heif'].map((name) => `VipsForeignLoad${name}`);

/** Sets libvips up for a process that is given images by strangers, all threads of it; nothing of them is kept. */
export function readSafeFormatsOnly(): void {
  refuseOtherFormats();
  sharp.cache(false);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: loaders });
}
