/** The part of a problem document (RFC 9457) that the page uses. */
export interface ProblemDocument {
  readonly detail?: string;
  readonly title?: string;
  readonly status?: number;
  /** For programs. */
  readonly code?: string;
}

/** What the server says is wrong, in words for people. */
export class Problem extends Error {
  readonly status: number | undefined;
  readonly code: string | undefined;

  constructor({ detail, title, status, code }: ProblemDocument) {
    super(detail ?? title ?? `The server answered with status ${status}.`);
    this.status = status;
    this.code = code;
  }
}

/** The problem that an answer tells of. */
export async function problemOf(response: Response): Promise<Problem> {
  const document = (await response.json().catch(() => ({}))) as ProblemDocument;
  return new Problem({ ...document, status: response.status });
}
