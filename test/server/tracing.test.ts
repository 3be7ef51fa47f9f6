import type { Span, Tracer } from '@opentelemetry/api';
import { trace } from '@opentelemetry/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunningServer } from '../../server/start-server.js';
import { plain } from '../image/images.js';
import { startStandIn } from './running-server.js';

interface Recorded {
  readonly name: string;
  readonly attributes: unknown;
  status?: unknown;
  hasEnded: boolean;
}

const recorded: Recorded[] = [];

/** As much of an SDK as is needed to see what it would be told. */
const tracer = {
  startSpan(name: string, options: { attributes?: unknown } = {}) {
    const entry: Recorded = { name, attributes: options.attributes, hasEnded: false };
    recorded.push(entry);
    return {
      setStatus: (status: unknown) => {
        entry.status = status;
      },
      end: () => {
        entry.hasEnded = true;
      },
    } as unknown as Span;
  },
  startActiveSpan(name: string, options: object, work: (span: Span) => unknown) {
    return work(this.startSpan(name, options));
  },
};

let server: RunningServer;
beforeAll(async () => {
  trace.setGlobalTracerProvider({ getTracer: () => tracer as unknown as Tracer });
  server = await startStandIn();
  await server.ready;
});
afterAll(async () => {
  await server.close();
  trace.disable();
});

it('tells an SDK how a request spends its time, and which failed', async () => {
  const body = new Uint8Array(await plain(64, 64, { r: 200, g: 40, b: 90 }).png().toBuffer());
  const classify = (image: Uint8Array<ArrayBuffer>) =>
    fetch(`${server.url}/v1/classify`, { method: 'POST', body: image });
  expect((await classify(body)).status).toBe(200);
  expect(recorded).toEqual([
    { name: 'upload', attributes: {}, hasEnded: true },
    { name: 'inference', attributes: { 'vil.model': 'stand-in', 'vil.task': 'classify' }, hasEnded: true },
  ]);
  recorded.length = 0;
  expect((await classify(new Uint8Array(body.subarray(0, 20)))).status).toBe(422);
  expect(recorded).toMatchObject([{ name: 'upload', status: { code: 2 }, hasEnded: true }]);
});
