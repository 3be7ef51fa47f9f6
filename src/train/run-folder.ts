/** Name of the folder in the output folder that the best model so far is written to. */
export const bestModelFolder = 'best';
