/** In the environment, which threads and processes that are started later inherit. */
const variable = 'VIL_SAFE_FORMATS';

/**
 * Leaves this process, and all threads and processes it starts from now on, with the formats that a stranger's bytes may be
 * given to. The others were not made for untrusted input, and some of them name further files to read.
 */
export function refuseOtherFormats(): void {
  process.env[variable] = '1';
}

export function mayReadOtherFormats(): boolean {
  return process.env[variable] !== '1';
}
