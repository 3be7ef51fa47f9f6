import { parameterShapesOf } from '../../models/model-config.js';
import { UserError } from '../base/errors.js';
import { checkWeights } from '../checkpoint/check-weights.js';
import type { ModelDescription } from '../checkpoint/model-description.js';
import { modelFiles, parseDescription } from '../checkpoint/model-description.js';
import { parseSafetensors, toFloat32 } from '../checkpoint/safetensors-bytes.js';
import type { NamedArrays } from '../tensor/named-arrays.js';
import { checkFinite } from '../tensor/named-arrays.js';

/** A model folder, fetched. */
export interface FetchedModel extends ModelDescription {
  readonly url: string;
  readonly weights: NamedArrays;
}

/**
 * Fetches config.json, labels.json and model.safetensors of a model folder.
 * @param folder its address, absolute or relative to the page
 * @param request what every request is sent with, e.g. headers
 * @throws UserError naming the file that is not there, is malformed, or does not fit the others
 */
export async function fetchModel(folder: string | URL, request: RequestInit = {}): Promise<FetchedModel> {
  const base = new URL(folder, globalThis.location?.href);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  const urlOf = (file: string) => new URL(file, base).href;
  const [config, labels, weights] = [modelFiles.config, modelFiles.labels, modelFiles.weights].map(urlOf) as [
    string,
    string,
    string,
  ];
  const text = async (source: string) => ({ source, text: await (await fetchFile(source, request)).text() });
  const [configText, labelsText, response] = await Promise.all([
    text(config),
    text(labels),
    fetchFile(weights, request),
  ]);
  const description = parseDescription(configText, labelsText);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const arrays = toFloat32(parseSafetensors(bytes, weights).tensors);
  checkWeights(arrays, parameterShapesOf(description.config), weights);
  checkFinite(arrays, weights);
  return { ...description, url: base.href, weights: arrays };
}

async function fetchFile(url: string, request: RequestInit): Promise<Response> {
  const response = await fetch(url, request).catch((cause: unknown) => {
    throw new UserError(`${url} cannot be fetched: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  });
  if (!response.ok) throw new UserError(`${url} cannot be fetched: status ${response.status}.`);
  return response;
}
