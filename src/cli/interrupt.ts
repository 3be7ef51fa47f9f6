/** Aborts on the first Ctrl-C; a second one ends the process at once. */
export function stopOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort(new Error('Interrupted.')));
  return controller.signal;
}

/**
 * Ends the process by the signal itself, as if it had not been handled (a shell reports 130). Closing the model would
 * wait for the pass under way, and process.exit() aborts within it: native code cannot end in a thread being stopped.
 */
export function endAsInterrupted(): void {
  process.kill(process.pid, 'SIGINT');
}
