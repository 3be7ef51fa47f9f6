import { z } from 'zod';

/*
 * Messages of the Open Inference Protocol, version 2, with the extensions that Triton and KServe call binary tensor data
 * and classification: https://github.com/kserve/open-inference-protocol and
 * https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/protocol/extension_binary_data.html
 */

/** Of each model there is one version. */
export const modelVersion = '1';

const parameters = z.record(z.string(), z.unknown());

/** Tensors of more elements than any image that this server takes are refused by their shape alone. */
const shape = z
  .array(
    z
      .int()
      .min(0)
      .max(2 ** 31),
  )
  .min(1)
  .max(8);

export const tensorTypes = ['BYTES', 'UINT8', 'FP32', 'INT32'] as const;

export const inputSchema = z.object({
  name: z.string().max(100),
  shape,
  datatype: z.string().max(20),
  parameters: parameters.optional(),
  data: z
    .array(z.unknown())
    .optional()
    .meta({ description: 'Absent where the tensor follows the JSON in binary' }),
});

export const inferRequestSchema = z
  .object({
    id: z.string().max(200).optional(),
    parameters: parameters.optional(),
    inputs: z.array(inputSchema).min(1).max(1),
    outputs: z
      .array(z.object({ name: z.string().max(100), parameters: parameters.optional() }))
      .max(10)
      .optional(),
  })
  .meta({ id: 'InferRequest' });

export type InferInput = z.infer<typeof inputSchema>;
export type InferRequest = z.infer<typeof inferRequestSchema>;

export const outputSchema = z.object({
  name: z.string(),
  shape: z.array(z.int()),
  datatype: z.enum(tensorTypes),
  parameters: parameters.optional(),
  data: z.array(z.union([z.number(), z.string()])).optional(),
});

export const inferResponseSchema = z
  .object({
    model_name: z.string(),
    model_version: z.string(),
    id: z.string().optional(),
    outputs: z.array(outputSchema),
  })
  .meta({ id: 'InferResponse' });

export const metadataSchema = z
  .object({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) })),
    outputs: z.array(z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) })),
  })
  .meta({ id: 'ModelMetadata' });
