/** Read by ONNX Runtime 1.29 and later, once, when the process makes its first session. */
const VARIABLE = 'ORT_DISABLE_TELEMETRY';

/**
 * Keeps ONNX Runtime from reporting to its maker, unless the user has set the variable themselves.
 *
 * Since 1.29 its Linux and macOS builds keep a device identifier and a queue of events under the user's cache folder
 * and upload them. They also match the whole command line with a recursive regular expression: some 15 KB of it, a few
 * hundred file names, overflow the stack of a thread and end the process. A worker's own `process.env` is a copy
 * that native code does not see, so this has to run in the main thread, before the workers.
 */
export function disableTelemetry(): void {
  process.env[VARIABLE] ??= '1';
}
