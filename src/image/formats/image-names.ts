/** Endings of files that libvips and the readers of TIFF and JPEG 2000 here take. */
const plain = /\.(jpe?g|png|webp|tiff?|avif|gif|jp2|j2k|j2c|jpc|jpx|jpf)$/i;
/** Of files that GDAL reads. What GeoPackages hold, vectors or a raster, their names do not say: they are named one by one. */
const byGdal = /\.(vrt|img|ntf|nitf|nsf|pix|bmp|mbtiles)$/i;

/** What is written for people of the files that `isImageName` takes. */
export const imageNames =
  'JPEG, PNG, WebP, TIFF, AVIF, GIF, JPEG 2000, VRT, ERDAS Imagine, NITF, PCIDSK, BMP, MBTiles';

/** Whether a file is taken for an image when a folder is looked through, by its name alone. */
export function isImageName(name: string): boolean {
  return plain.test(name) || byGdal.test(name);
}
