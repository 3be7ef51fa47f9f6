import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { UserError } from '../../src/base/errors.js';
import { isDiskFull } from '../../src/base/file-errors.js';
import { answerRequests } from '../../src/base/threads/requests.js';
import { writeAtomically } from '../../src/base/write-atomically.js';
import { drawHeat } from '../../src/classify/attention-heat.js';
import { openRaster } from '../../src/image/raster/open-raster.js';
import type { RasterSource } from '../../src/image/raster/raster-source.js';
import { renderRgb } from '../../src/image/raster/render.js';
import { planStretch } from '../../src/image/raster/scaling.js';
import { writeDeepZoom } from './deep-zoom.js';
import type { ImageAnswer, ImageRequest } from './image-messages.js';
import { formatResult } from './scene-formats.js';
import { sceneFiles } from './scene-order.js';
import { readAttention, readResult } from './scene-result.js';

/*
 * A thread that makes what is shown of scenes: deep zoom tiles, small views, heat maps, results in their formats. All of
 * them would hold up the event loop.
 */

answerRequests(async (request: ImageRequest): Promise<ImageAnswer> => {
  switch (request.kind) {
    case 'deep zoom':
      return withSource(request.folder, (source) =>
        writeDeepZoom(source, join(request.folder, sceneFiles.pyramid), request.limit),
      );
    case 'view':
      return withSource(request.folder, (source) => drawView(source, request.size));
    case 'heat':
      return heatOf(request);
    case 'result':
      return formatResult(request.folder, request.order, request.format);
  }
});

async function withSource<Result>(
  folder: string,
  work: (source: RasterSource) => Promise<Result>,
): Promise<Result> {
  const source = await openRaster(join(folder, sceneFiles.image));
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}

/** Most pixels a side that a view is shrunk from, where a file's own reader can only leave pixels out. */
const viewedSide = 1792;

/** The whole scene brought to a square, as models of a fixed input see it. */
async function drawView(source: RasterSource, size: number): Promise<Uint8Array> {
  const bands = source.colourBands;
  const stretch = await planStretch(source, bands, undefined);
  const { width, height } = source;
  const read = { width: Math.min(width, viewedSide), height: Math.min(height, viewedSide) };
  const tile = await source.read({ left: 0, top: 0, width, height }, { bands, size: read });
  const rgb = renderRgb(tile, stretch);
  return sharp(rgb.data, { raw: { width: rgb.width, height: rgb.height, channels: 3 } })
    .resize(size, size, { fit: 'fill', kernel: 'linear' })
    .png()
    .toBuffer();
}

async function heatOf({ folder, order }: Extract<ImageRequest, { kind: 'heat' }>): Promise<Uint8Array> {
  const path = join(folder, sceneFiles.heat);
  const drawn = await readFile(path).catch(() => undefined);
  if (drawn) return drawn;
  const result = await readResult(folder);
  const attention = result?.task === 'classify' ? await readAttention(folder, result) : undefined;
  if (!attention) {
    throw new UserError(`${order.model} has no global token whose attention could be drawn.`, {
      status: 404,
    });
  }
  const heat = await drawHeat(attention, order);
  // Kept for the next time, where there is room.
  await writeAtomically(path, heat).catch((error: unknown) => {
    if (!isDiskFull(error)) throw error;
  });
  return heat;
}
