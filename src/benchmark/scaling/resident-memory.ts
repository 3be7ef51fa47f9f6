import { readFileSync, writeFileSync } from 'node:fs';

/** The most memory this process has held at once since it started or since `resetPeak`, in bytes. */
export function peakMemory(): number {
  return fromStatus('VmHWM') ?? process.resourceUsage().maxRSS * 1024;
}

/** The memory that this process holds now, in bytes. */
export function residentMemory(): number {
  return fromStatus('VmRSS') ?? process.memoryUsage.rss();
}

/**
 * Resets the peak to what is held now; only Linux can do that (proc(5), clear_refs).
 * @returns whether it did
 */
export function resetPeak(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}

function fromStatus(field: string): number | undefined {
  try {
    const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
    return line ? Number(line[1]) * 1024 : undefined;
  } catch {
    return undefined;
  }
}
