export const defaultPort = 3000;

/** How images of one size are run together. */
export const defaultBatching = { images: 4, milliseconds: 5 };

/** Served where no model is named. */
export const defaultModels = ['land-use', 'aircraft'];
