/** Strips of a tensor at most where there are no loops: each one is nodes that ONNX Runtime has to load. */
export const mostStrips = 32;
/** Fewer strips are not worth a loop. */
export const fewestIterations = 3;
