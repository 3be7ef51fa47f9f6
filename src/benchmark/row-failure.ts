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
  /bad_alloc|failed to allocate|allocation failed|out of memory|out of bounds|buffer size|maxBufferSize|buffer binding size/i;
/**
 * What is left of a WebAssembly heap that cannot grow (tfjs-wasm's ends at 2 GiB): a failed allocation
 * aborts, or its null pointer is written to. Neither says so.
 */
const WASM_MEMORY_MESSAGES = /\bAborted\(|memory access out of bounds/;

/** The failure of a row whose process reported an error. */
export function failureOf(name: string, message: string): RowFailure {
  const isWasmMemory = WASM_MEMORY_MESSAGES.test(message);
  const reason = isWasmMemory || MEMORY_MESSAGES.test(message) ? 'memory' : 'error';
  const explanation = isWasmMemory ? 'out of WebAssembly memory: ' : '';
  return new RowFailure(reason, `benchmark row ${name}: ${explanation}${message}`);
}

/** The failure of a row whose process ended without a word. */
export function failureOfExit(name: string, code: number | null, signal: NodeJS.Signals | null): RowFailure {
  // The kernel kills by SIGKILL when memory runs out; V8, ONNX Runtime and Dawn abort.
  const isMemory = signal === 'SIGKILL' || signal === 'SIGABRT';
  const hint = isMemory ? ', as when memory runs out' : '';
  const message = `benchmark row ${name}: its process ended with ${signal ?? `code ${code}`}${hint}`;
  return new RowFailure(isMemory ? 'memory' : 'error', message);
}
