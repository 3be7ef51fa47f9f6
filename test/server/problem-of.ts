import { expect } from 'vitest';

/** Checks the form of a problem document and returns what differs between problems. */
export async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toMatch('application/problem+json');
  const body = await response.json();
  expect(body).toMatchObject({ type: 'about:blank', title: expect.any(String), detail: expect.any(String) });
  expect(body.status).toBe(response.status);
  return { status: body.status, code: body.code, detail: body.detail };
}
