import { z } from 'zod';

/*
 * Parameters of a query arrive as text. `z.coerce` would take '' for 0 and '0x10' for 16; these take what their
 * description in the OpenAPI document says, and nothing else.
 */

interface NumberRange {
  readonly minimum: number;
  readonly maximum: number;
  readonly description: string;
}

const integerText = /^-?\d{1,15}$/;
const numberText = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;

/** A whole number in a query. Absent unless given; add `.default(…)`-like behaviour with `orElse`. */
export function integerParameter({ minimum, maximum, description }: NumberRange) {
  return z
    .string()
    .regex(integerText, `must be a whole number from ${minimum} to ${maximum}`)
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum))
    .meta({ description, override: asJson({ type: 'integer', minimum, maximum }) });
}

/** A number in a query. */
export function numberParameter({ minimum, maximum, description }: NumberRange) {
  return z
    .string()
    .regex(numberText, `must be a number from ${minimum} to ${maximum}`)
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum))
    .meta({ description, override: asJson({ type: 'number', minimum, maximum }) });
}

/** `true` or `false` in a query; false when it is not given. */
export function switchParameter(description: string) {
  return z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .meta({ description, override: asJson({ type: 'boolean', default: false }) });
}

/** `true` or `false` in a query; undefined when it is not given. */
export function optionalSwitch(description: string) {
  return z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .meta({ description, override: asJson({ type: 'boolean' }) });
}

/** Four numbers in a query, with commas: the lower and upper ends of a rectangle. */
export function boundsParameter(description: string) {
  const number = numberText.source.slice(1, -1);
  return z
    .string()
    .regex(new RegExp(`^${number}(,${number}){3}$`, 'i'), 'must be four numbers: xmin,ymin,xmax,ymax')
    .transform((text) => text.split(',').map(Number) as [number, number, number, number])
    .refine(
      ([left, bottom, right, top]) => left < right && bottom < top,
      'must have xmin < xmax and ymin < ymax',
    )
    .meta({ description, override: asJson({ type: 'string', pattern: `^${number}(,${number}){3}$` }) });
}

/** Name of a model in a query. */
export const modelParameter = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .meta({ description: 'Name of a model, as GET /v1/models lists them. Default: the first that fits.' });

/** Replaces what zod says of a text that stands for something else. */
export function asJson(schema: Record<string, unknown>) {
  return ({ jsonSchema }: { jsonSchema: object }) => {
    for (const key of Object.keys(jsonSchema)) {
      if (key !== 'description') delete (jsonSchema as Record<string, unknown>)[key];
    }
    Object.assign(jsonSchema, schema);
  };
}
