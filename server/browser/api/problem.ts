/** The part of a problem document (RFC 9457) that the page shows. */
export interface ProblemDocument {
  readonly detail?: string;
  readonly title?: string;
  readonly status?: number;
}

/** What the server says is wrong, in words for people. */
export class Problem extends Error {
  readonly status: number | undefined;

  constructor({ detail, title, status }: ProblemDocument) {
    super(detail ?? title ?? `The server answered with status ${status}.`);
    this.status = status;
  }
}

/** The problem that an answer tells of. */
export async function problemOf(response: Response): Promise<Problem> {
  const document = (await response.json().catch(() => ({}))) as ProblemDocument;
  return new Problem({ ...document, status: response.status });
}
