/** Most strips of a tensor where there are no loops: each strip adds nodes that ONNX Runtime has to load. */
export const mostStrips = 32;
/** Fewer strips are not worth a loop. */
export const fewestIterations = 3;
