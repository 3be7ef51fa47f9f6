import { UserError } from '../base/errors.js';
import { stridedSample } from '../base/strided-sample.js';
import type { Size } from '../boxes/box.js';
import type { ModelFolder } from '../checkpoint/model-folder.js';
import { decodeRgb } from '../image/decode.js';
import { readHeader } from '../image/header.js';
import { toModelInput } from '../image/model-input.js';
import { encodeModel } from '../onnx/encode-model.js';
import type { OnnxGraph } from '../onnx/model.js';
import type { Range } from '../onnx/quantise.js';
import { rangesOf, withRanges } from '../onnx/quantise.js';
import { Session } from '../runtime/session/session.js';
import type { SharedWeights } from '../runtime/shared-weights.js';
import { WEIGHTS_FILE } from '../runtime/shared-weights.js';

/** Images looked at: of more, so many spread over all of them. The widest range among a dozen changes little after that. */
export const CALIBRATION_IMAGES = 32;

/**
 * Ranges of the activations of a graph over images. Of images larger than the graph takes the middle is looked at, unless the
 * model is shown its images resized; smaller ones are enlarged.
 * @throws UserError when there is no image, or one cannot be read
 */
export async function calibrate(
  graph: OnnxGraph,
  { bytes }: Pick<SharedWeights, 'bytes'>,
  { preprocessing }: Pick<ModelFolder, 'preprocessing'>,
  size: Size,
  images: readonly string[],
): Promise<Map<string, Range>> {
  if (images.length === 0) throw new UserError('There is no image to calibrate with.', { status: 400 });
  const externalData = { [WEIGHTS_FILE]: bytes };
  const session = await Session.open({ model: encodeModel(withRanges(graph)), externalData });
  let ranges = new Map<string, Range>();
  try {
    for (const path of stridedSample(images, CALIBRATION_IMAGES)) {
      const data = await inputOf(path, preprocessing, size);
      const image = { data, shape: [1, 3, size.height, size.width] };
      ranges = rangesOf(await session.run({ image }, [data.buffer as ArrayBuffer]), ranges);
    }
  } finally {
    await session.close();
  }
  return ranges;
}

async function inputOf(
  path: string,
  preprocessing: ModelFolder['preprocessing'],
  { height, width }: Size,
): Promise<Float32Array> {
  const header = await readHeader(path);
  const isLarge = header.width >= width && header.height >= height;
  const { interpolation } = preprocessing;
  const rgb =
    isLarge && preprocessing.resize.mode === 'none'
      ? await decodeRgb(path, {
          header,
          box: {
            left: (header.width - width) >> 1,
            top: (header.height - height) >> 1,
            width,
            height,
          },
        })
      : await decodeRgb(path, { header, resize: { width, height, interpolation } });
  return (await toModelInput(rgb, 1, preprocessing)).data;
}
