import { registerAttentionRecorder } from '../../kernels/onnx/register.js';
import type { OnnxGraph } from '../onnx/model.js';
import { type Recording, record } from '../onnx/recorder/record.js';
import { StatefulSession } from '../runtime/session/stateful-session.js';
import { loadGradients } from '../tensor/gradients.js';
import type { PlainTensors } from '../tensor/plain-tensor.js';
import type { Tensor } from '../tensor/tensor.js';
import { outputsAndGradients } from './eager-reference-engine.js';
import type { ReferenceEngine, ReferenceProblem, ReferenceResults } from './problem.js';

/** Names of inputs and outputs in the recorded graphs. */
const UPSTREAM = 'upstream';
const GRADIENT = 'gradient/';

/**
 * Computes problems in ONNX Runtime: outputs by the graph recorded for inference, gradients by the one
 * recorded for training, the same two that are served and trained.
 */
export function onnxReferenceEngine(): ReferenceEngine {
  const session = new StatefulSession();
  let problems = 0;
  return {
    compute: async (problem) => {
      const name = `problem ${problems++}`;
      await session.open(name, recordInference(problem), {});
      const outputs = await session.run(name, problem.inputs);
      if (!problem.gradients) return { outputs, gradients: {} };
      await loadGradients();
      await session.open(`${name}, gradients`, recordGradients(problem), {});
      const feeds = { ...problem.inputs, [UPSTREAM]: problem.gradients.upstream };
      return { outputs, gradients: gradientsIn(await session.run(`${name}, gradients`, feeds)) };
    },
    close: () => session.close(),
  };
}

function recordInference(problem: ReferenceProblem): OnnxGraph {
  registerAttentionRecorder();
  return record('onnx-inference', 'reference', (recording) => problem.evaluate(inputsOf(recording, problem)));
}

function recordGradients(problem: ReferenceProblem): OnnxGraph {
  return record('onnx-training', 'reference', (recording) => {
    const upstream = recording.input(UPSTREAM, problem.gradients!.upstream.shape);
    const { gradients } = outputsAndGradients(problem, inputsOf(recording, problem), upstream);
    return Object.fromEntries(
      Object.entries(gradients).map(([name, gradient]) => [GRADIENT + name, gradient]),
    );
  });
}

function inputsOf(recording: Recording, { inputs }: ReferenceProblem): Record<string, Tensor> {
  const entries = Object.entries(inputs);
  return Object.fromEntries(entries.map(([name, { shape }]) => [name, recording.input(name, shape)]));
}

function gradientsIn(outputs: PlainTensors): ReferenceResults['gradients'] {
  const entries = Object.entries(outputs).map(
    ([name, array]) => [name.slice(GRADIENT.length), array] as const,
  );
  return Object.fromEntries(entries);
}
