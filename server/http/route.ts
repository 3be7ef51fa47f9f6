import type { Request, Response } from 'express';
import type { z } from 'zod';

export type Method = 'get' | 'post' | 'delete';

/** Bytes of some media type, as OpenAPI describes them. */
export const binary = { type: 'string', format: 'binary' } as const;

/** What a body may hold: JSON of a schema, or bytes. */
export type Content = Readonly<Record<string, z.ZodType | typeof binary>>;

/** What a request has to bring. */
export interface RouteBody {
  readonly description: string;
  readonly content: Content;
}

/** An answer that a route may give. */
export interface AnswerSpec<Json extends z.ZodType = z.ZodType> {
  readonly description: string;
  /** Of an application/json answer; what the handler returns is checked against it by the compiler. */
  readonly json?: Json;
  /** Other media types that it may come in. The handler then writes the response itself. */
  readonly content?: Content;
  readonly headers?: Readonly<Record<string, string>>;
}

export type AnswerSpecs = Readonly<Record<number, AnswerSpec>>;

/** What a handler is called with. */
export interface Call<Params, Query> {
  readonly request: Request;
  readonly response: Response;
  readonly params: Params;
  readonly query: Query;
  /** Aborts with a `ProblemError` when the client has gone or the time for the answer is over. */
  readonly signal: AbortSignal;
}

/** What is answered is not changed any more: read-only arrays and objects do as well. */
type Immutable<Value> = Value extends readonly (infer Element)[]
  ? readonly Immutable<Element>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Immutable<Value[Key]> }
    : Value;

/** JSON to answer with, under a status that the route declares. */
export type Reply<Answers extends AnswerSpecs> = {
  [Status in keyof Answers]: Answers[Status] extends { readonly json: infer Json extends z.ZodType }
    ? {
        readonly status: Status;
        readonly json: Immutable<z.input<Json>>;
        readonly headers?: Readonly<Record<string, string>>;
      }
    : never;
}[keyof Answers];

/**
 * An operation of the API, described once: the Express router and the OpenAPI document are both made from it.
 *
 * `path` is written as in OpenAPI: `/v1/scenes/{id}`.
 */
export interface RouteSpec<Params extends z.ZodType, Query extends z.ZodType, Answers extends AnswerSpecs> {
  readonly method: Method;
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  /** Whether it is answered without a key where the operator asks for keys. Default false. */
  readonly isPublic?: boolean;
  readonly params?: Params;
  /** A strict object; see `parameters.ts` for numbers and switches. Without one, any query is ignored. */
  readonly query?: Query;
  readonly headers?: z.ZodObject;
  /** For the document: the handler reads the body itself, as it may be large. */
  readonly body?: RouteBody;
  readonly answers: Answers;
  /** Statuses of the problem documents it may answer with, besides those that every route may. */
  readonly problems?: readonly number[];
  /** `none` for answers that go on for as long as the client listens. Default: the server's time limit. */
  readonly timeLimit?: 'none';
  /**
   * Answers a request whose parameters are right.
   * @returns JSON to send; undefined when it has written the response itself
   * @throws ProblemError, UserError and QueueFullError become problem documents; anything else a 500
   */
  handle(call: Call<z.output<Params>, z.output<Query>>): Promise<Reply<Answers> | undefined>;
}

/** A route whose own types are no longer of interest. */
export type Route = Omit<RouteSpec<z.ZodType, z.ZodType, AnswerSpecs>, 'handle'> & {
  handle(call: Call<unknown, unknown>): Promise<SentReply | undefined>;
};

export interface SentReply {
  readonly status: number;
  readonly json: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Checks a route's types against each other. */
export function defineRoute<
  Params extends z.ZodType = z.ZodObject<Record<never, never>>,
  Query extends z.ZodType = z.ZodObject<Record<never, never>>,
  const Answers extends AnswerSpecs = AnswerSpecs,
>(spec: RouteSpec<Params, Query, Answers>): Route {
  return spec as unknown as Route;
}
