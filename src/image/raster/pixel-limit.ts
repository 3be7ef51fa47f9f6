/**
 * Largest scene read unless the caller says otherwise: 2^36 pixels, 69 gigapixels. Memory does not set it, as scenes are
 * read piece by piece, but a forged header could otherwise ask for years of work.
 */
export const defaultScenePixelLimit = 2 ** 36;
