/** Why a row has no figures. */
export type FailureReason = 'memory' | 'time' | 'error';

/** A row that could not be measured; the message says why. */
export class RowFailure extends Error {
  override readonly name: string = 'RowFailure';
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What allocators say in JavaScript, C++, WebAssembly and WebGPU. */
const MEMORY_MESSAGES =
  /bad_alloc|failed to allocate|allocation failed|out of memory|out of bounds|buffer size|maxBufferSize/i;

/** The failure of a row whose process reported an error. */
export function failureOf(name: string, message: string): RowFailure {
  const reason = MEMORY_MESSAGES.test(message) ? 'memory' : 'error';
  return new RowFailure(reason, `benchmark row ${name}: ${message}`);
}

/** The failure of a row whose process ended without a word. */
export function failureOfExit(name: string, code: number | null, signal: NodeJS.Signals | null): RowFailure {
  // The kernel kills by SIGKILL when memory runs out; V8, ONNX Runtime and Dawn abort.
  const isMemory = signal === 'SIGKILL' || signal === 'SIGABRT';
  const hint = isMemory ? ', as when memory runs out' : '';
  const message = `benchmark row ${name}: its process ended with ${signal ?? `code ${code}`}${hint}`;
  return new RowFailure(isMemory ? 'memory' : 'error', message);
}
