import { z } from 'zod';

const pixels = z.int().positive();
const channels = z.tuple([z.number(), z.number(), z.number()]);
const positive = z.number().positive();

/** How an image becomes a model's input. Stored with each model. */
export const preprocessingSchema = z.strictObject({
  /** Mean of red, green and blue, channels running from 0 to 1. */
  mean: channels,
  /** Standard deviation of red, green and blue. */
  std: z.tuple([positive, positive, positive]),
  interpolation: z.enum(['bicubic', 'bilinear']),
  /** Height and width in pixels that `crop` and `stretch` produce, and that the model was trained at. */
  imageSize: z.tuple([pixels, pixels]),
  /**
   * none: every pixel of the image is used at its full resolution;
   * stretch: the whole image is resized to `imageSize`;
   * crop: the shorter side is resized to `shorterSide`, then `imageSize` is cut from the centre.
   */
  resize: z.discriminatedUnion('mode', [
    z.strictObject({ mode: z.literal('none') }),
    z.strictObject({ mode: z.literal('stretch') }),
    z.strictObject({ mode: z.literal('crop'), shorterSide: pixels }),
  ]),
});

export type Preprocessing = z.infer<typeof preprocessingSchema>;

/** Channel statistics that models are trained with. */
export const normalisations = {
  /** Statistics of ImageNet: the official Vision Longformer, DeiT. */
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  /** Maps 0..1 to -1..1: Google's ViT and everything trained with its code. */
  half: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  /** Of CLIP's pairs of images and texts. */
  clip: { mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] },
} as const satisfies Record<string, Pick<Preprocessing, 'mean' | 'std'>>;

/**
 * Evaluation as ImageNet classifiers are published: the shorter side resized to size / cropShare, the centre cut out.
 * @param imageSize height and width in pixels
 * @param cropShare 0.875 for the official models at 224 pixels, 0.9 for ViT
 */
export function centreCrop(
  imageSize: readonly [number, number],
  cropShare: number,
  normalisation: keyof typeof normalisations,
): Preprocessing {
  const { mean, std } = normalisations[normalisation];
  return {
    mean: [...mean],
    std: [...std],
    interpolation: 'bicubic',
    imageSize: [...imageSize],
    resize: { mode: 'crop', shorterSide: Math.floor(Math.min(...imageSize) / cropShare) },
  };
}
