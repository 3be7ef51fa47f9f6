import type { Attributes, Span, SpanOptions } from '@opentelemetry/api';
import { SpanStatusCode, trace } from '@opentelemetry/api';

/*
 * Spans of OpenTelemetry. They cost nothing until the operator loads an SDK: `node --import ./telemetry.mjs …`.
 */

const tracer = trace.getTracer('vision-longformer');

/** Runs `work` as a span, below the one that is active; below none if it is a `root`. */
export function inSpan<Result>(
  name: string,
  attributes: Attributes,
  work: () => Promise<Result>,
  { root = false }: Pick<SpanOptions, 'root'> = {},
): Promise<Result> {
  return tracer.startActiveSpan(name, { attributes, root }, (span) => untilEnd(span, work()));
}

async function untilEnd<Result>(span: Span, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    span.setStatus({
      code: SpanStatusCode.ERROR,
      message: error instanceof Error ? error.message : undefined,
    });
    throw error;
  } finally {
    span.end();
  }
}
