/**
 * An error whose message is meant for the person who gave the input: what was wrong, with which input, what to do.
 * The CLI prints it without a stack and exits with 1; the server answers it as a 4xx problem document.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError';
  /** HTTP status the server answers with, 400 to 499. */
  readonly status: number;

  constructor(message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.status = options.status ?? 422;
  }
}
