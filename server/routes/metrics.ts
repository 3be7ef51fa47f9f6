import { z } from 'zod';
import type { Route } from '../http/route.js';
import { defineRoute } from '../http/route.js';
import type { Metrics } from '../metrics.js';

/** `GET /metrics`, for Prometheus. */
export function metricsRoutes({ metrics }: { readonly metrics: Metrics }): Route[] {
  const read = defineRoute({
    method: 'get',
    path: '/metrics',
    operationId: 'readMetrics',
    summary: 'Metrics in the text format of Prometheus',
    tag: 'health',
    answers: { 200: { description: 'All metrics', content: { 'text/plain': z.string() } } },
    async handle({ response }) {
      response.set('Content-Type', metrics.registry.contentType).send(await metrics.registry.metrics());
      return undefined;
    },
  });
  return [read];
}
