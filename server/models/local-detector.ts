import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toColumns } from '../../src/boxes/detection-columns.js';
import type { Detections } from '../../src/boxes/detections.js';
import type { Detector } from '../../src/detect/detector.js';
import { toCoco } from '../../src/detect/output/coco.js';
import { toGeoJson } from '../../src/detect/output/geojson.js';
import { drawOverview } from '../../src/detect/output/overview.js';
import { detectScene } from '../../src/detect/scene/detect-scene.js';
import { isTiff, openRaster } from '../../src/image/raster/open-raster.js';
import type { RasterSource } from '../../src/image/raster/raster-source.js';
import { SharpSource } from '../../src/image/raster/sharp-source.js';
import { blankImage, encoded } from './encoded.js';
import { predictionsOf } from './predictions.js';
import type {
  DetectAnswer,
  DetectorInfo,
  DetectRequest,
  EncodedImage,
  Image,
  ModelCard,
  ServedDetector,
} from './served-model.js';

/** A detector in the thread that it is called from. Images larger than a tile are run tile by tile, as scenes are. */
export class LocalDetector implements ServedDetector {
  readonly info: DetectorInfo;
  readonly #detector: Detector;
  readonly #temp: string;

  /** @param temp folder for files of a request */
  constructor(name: string, detector: Detector, folder?: string, temp = tmpdir(), card?: ModelCard) {
    const { labels, stride, grid, oriented } = detector;
    this.info = { name, task: 'detect', labels, stride, grid, oriented, folder, card };
    this.#detector = detector;
    this.#temp = temp;
  }

  async warm(): Promise<void> {
    const request = { format: 'json', name: 'blank' } as const;
    await this.detect(await blankImage(), request, new AbortController().signal);
    // An image of one colour is spared the detector.
    const data = new Uint8Array(3 * 256 * 256);
    await this.#detector.detect({ data, width: 256, height: 256 });
  }

  async detect(image: Image, request: DetectRequest, signal: AbortSignal): Promise<DetectAnswer> {
    const { source, close } = await openImage(await encoded(image), this.#temp);
    try {
      const { threshold } = request;
      const { detections, tiles } = await detectScene({
        source,
        detector: this.#detector,
        threshold,
        signal,
      });
      const body = await this.#write(source, detections, request);
      return { width: source.width, height: source.height, tiles, count: detections.count, body };
    } finally {
      await close();
    }
  }

  async #write(
    source: RasterSource,
    detections: Detections,
    { format, name }: DetectRequest,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { width, height, georeference } = source;
    const scene = { name, width, height, georeference, labels: this.info.labels, detections };
    switch (format) {
      case 'json':
        return textBytes(JSON.stringify(predictionsOf(detections, this.info.labels)));
      case 'geojson':
        return textBytes(JSON.stringify(toGeoJson(scene)));
      case 'coco':
        return textBytes(JSON.stringify(toCoco(scene)));
      case 'columns':
        return textBytes(JSON.stringify(toColumns(detections)));
      case 'png':
        return Uint8Array.from(await drawOverview(source, detections));
    }
  }

  close(): Promise<void> {
    return this.#detector.close();
  }
}

function textBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text));
}

/**
 * Opens an image to be read in tiles. A TIFF or JPEG 2000 goes through a file: that is how its georeference and bands of more
 * than 8 bits are read.
 */
async function openImage(
  { bytes, header }: EncodedImage,
  temp: string,
): Promise<{
  source: RasterSource;
  close: () => Promise<void>;
}> {
  if (header.reader === 'vips' && !isTiff(bytes)) {
    const source = new SharpSource(bytes, header, createHash('sha256').update(bytes).digest('hex'));
    return { source, close: () => source.close() };
  }
  const folder = await mkdtemp(join(temp, 'vil-detect-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const path = join(folder, 'input');
    await writeFile(path, bytes);
    const source = await openRaster(path);
    const close = async () => {
      await source.close();
      await remove();
    };
    return { source, close };
  } catch (error) {
    await remove();
    throw error;
  }
}
