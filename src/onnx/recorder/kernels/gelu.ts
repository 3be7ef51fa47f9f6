import type { KernelTable, Recorded } from '../recorder-kernel.js';
import { kernel, recorded } from '../recorder-kernel.js';

const gelu = kernel<{ x: Recorded }>((graph, { x }) => recorded(graph.node('Gelu', [x.name]), x.shape));

/**
 * dy (Phi(x) + x phi(x)), Phi and phi being the normal distribution and its density. With u = x / sqrt(2)
 * that is dy / 2 (1 + erf(u) + u exp(log(2 / sqrt(pi)) - u^2)).
 */
const geluGrad = kernel<{ x: Recorded; dy: Recorded }>((graph, { x, dy }) => {
  const multiply = (a: string, b: string) => graph.node('Mul', [a, b]);
  const add = (a: string, b: string) => graph.node('Add', [a, b]);
  const u = multiply(x.name, graph.scalar(Math.SQRT1_2));
  // Inside the exponent the factor costs nothing; outside, it would take one more pass over the largest
  // activations.
  const exponent = graph.node('Sub', [graph.scalar(Math.log(2 / Math.sqrt(Math.PI))), multiply(u, u)]);
  const slope = multiply(u, graph.node('Exp', [exponent]));
  const doubled = add(add(graph.node('Erf', [u]), slope), graph.scalar(1));
  return recorded(multiply(multiply(dy.name, graph.scalar(0.5)), doubled), x.shape);
});

/** The exact Gaussian error linear unit as one node, and its gradient. */
export const geluKernels: KernelTable = { Gelu: gelu, GeluGrad: geluGrad };
