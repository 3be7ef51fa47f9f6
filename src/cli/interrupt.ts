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

/** Aborts on the first SIGINT or SIGTERM, its reason being the signal's name; a second one ends the process at once. */
export function stopOnSignals(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const abort = (name: NodeJS.Signals) => {
    release();
    controller.abort(name);
  };
  const release = () => {
    process.off('SIGINT', abort);
    process.off('SIGTERM', abort);
  };
  process.on('SIGINT', abort);
  process.on('SIGTERM', abort);
  return { signal: controller.signal, release };
}

/** Ends the process as if the signal had not been handled: a shell reports 130 or 143. */
export async function endWithSignal(name: NodeJS.Signals): Promise<never> {
  process.kill(process.pid, name);
  return new Promise<never>(() => undefined);
}
