import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { UserError } from '../../base/errors.js';
import { explainFileError } from '../../base/file-errors.js';
import { httpRequest, isRemote } from '../raster/cloud-address.js';

const linkSchema = z.object({ rel: z.string(), href: z.string(), type: z.string().optional() });

export const assetSchema = z.object({
  href: z.string().min(1),
  type: z.string().optional(),
  roles: z.array(z.string()).default([]),
  title: z.string().optional(),
});

/** STAC 1.0 and 1.1: an item, as far as it is looked at. */
export const itemSchema = z.object({
  type: z.literal('Feature'),
  stac_version: z.string(),
  id: z.string().min(1),
  assets: z.record(z.string(), assetSchema),
  links: z.array(linkSchema).default([]),
});

export const itemCollectionSchema = z.object({
  type: z.literal('FeatureCollection'),
  features: z.array(z.unknown()),
  links: z.array(linkSchema).default([]),
});

export const collectionSchema = z.object({
  type: z.enum(['Collection', 'Catalog']),
  stac_version: z.string(),
  id: z.string().min(1),
  links: z.array(linkSchema),
});

export type StacAsset = z.infer<typeof assetSchema>;
export type StacItem = z.infer<typeof itemSchema>;
export type StacCollection = z.infer<typeof collectionSchema>;

/** Longest document that is read: items and pages of them are much smaller. */
const mostBytes = 2 ** 26;
/** Milliseconds that a server may take for one. */
const patience = 60_000;

/**
 * Reads a JSON document: a file, or what is behind an address.
 * @throws UserError naming it when it cannot be read, or is no JSON
 */
export async function readDocument(place: string): Promise<unknown> {
  const text = isRemote(place) ? await fetchText(place) : await readText(place);
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    throw new UserError(`${place} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw explainFileError(error, 'read', path);
  });
}

async function fetchText(address: string): Promise<string> {
  const { url, headers } = await httpRequest(address, { accept: 'application/geo+json, application/json' });
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(patience) });
    if (!response.ok)
      throw new UserError(`${address} cannot be read: the server answers ${response.status}.`);
    if (Number(response.headers.get('content-length') ?? 0) > mostBytes)
      throw new UserError(`${address} is larger than ${mostBytes} bytes, which no STAC document is.`);
    return await response.text();
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    throw new UserError(`cannot reach ${address}: ${(inner as Error).message}`, { cause });
  }
}

/** The file or address that a document means by a reference, which may be relative to where it lies itself. */
export function resolveReference(reference: string, place: string): string {
  if (reference.startsWith('file:')) return fileURLToPath(reference);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(reference)) return reference;
  if (isRemote(place)) return new URL(reference, place).href;
  return reference.startsWith('/') ? reference : join(dirname(place), decodeURIComponent(reference));
}
