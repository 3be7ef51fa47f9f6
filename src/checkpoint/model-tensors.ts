import { UserError } from '../base/errors.js';

/** Names by which a model's own tensors are found, whatever is in front of them: each model has exactly one. */
const anchors = [
  /^((?:.*?\.)??)layer1\.0\.proj\.weight$/,
  /^((?:.*?\.)??)patch_embed\.(?:proj|projection)\.weight$/,
  /^((?:.*?\.)??)embeddings\.patch_embed(?:dings?)?\.(?:projection\.)?weight$/,
  /^((?:.*?\.)??)conv_proj\.weight$/,
  /^((?:.*?\.)??visual\.)conv1\.weight$/,
];

/** A classifier beside a backbone that has a prefix of its own: transformers, mmpretrain, and many training programs. */
const headBeside = /^(?:head|classifier|fc)\.(?:layers\.head\.|fc\.)?(weight|bias)$/;
/** A classifier under the backbone's prefix, rather than a head that pools. */
const headOwn = /^(?:heads?|classifier)\.(?:layers\.head\.|head\.|fc\.)?(?:weight|bias)$/;
/** What else transformers keeps beside a backbone, under names that are the model's own. */
const partBeside = /^(?:(?:cls|distillation)_classifier|visual_projection)\.(?:weight|bias)$/;

/** The tensors of a model under its own names, and what was done to get them. */
export interface ModelTensors<Tensor> {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly notes: readonly string[];
}

/**
 * Takes off what training programs put in front of all names of a model (`module.`, `model.`, `backbone.`, ...), and leaves
 * out what lies beside it, such as the weights of a loss. Tensors of a model that is not known stay as they are.
 * @throws UserError when there are several models and none is an average of another
 */
export function modelTensors<Tensor>(
  tensors: Readonly<Record<string, Tensor>>,
  source: string,
): ModelTensors<Tensor> {
  const names = Object.keys(tensors);
  const found = [...new Set(names.map(prefixOf).filter((prefix) => prefix !== undefined))];
  if (found.length === 0) return { tensors, notes: [] };
  const averages = found.filter((prefix) => /(^|[._])(ema|teacher|ema_model|model_ema)[._]/.test(prefix));
  const [prefix] = found.length === 1 ? found : averages;
  if (prefix === undefined || (found.length > 1 && averages.length > 1)) {
    const models = found.map((each) => each || 'the top').join(', ');
    throw new UserError(
      `${source} has ${found.length} models, under ${models}: save the one you mean alone.`,
    );
  }
  const notes = found.length > 1 ? [`The averaged weights under ${prefix} were taken.`] : [];
  return withoutPrefix(tensors, prefix, notes);
}

/** What is in front of an anchor; nothing for another name. */
function prefixOf(name: string): string | undefined {
  for (const anchor of anchors) {
    const match = anchor.exec(name);
    if (match) return match[1];
  }
  return undefined;
}

function withoutPrefix<Tensor>(
  tensors: Readonly<Record<string, Tensor>>,
  prefix: string,
  notes: readonly string[],
): ModelTensors<Tensor> {
  if (prefix === '') return { tensors, notes };
  const entries = Object.entries(tensors);
  const own = entries
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, tensor]) => [name.slice(prefix.length), tensor] as const);
  const hasHead = own.some(([name]) => headOwn.test(name));
  const beside = entries.filter(([name]) => !name.startsWith(prefix));
  const head = hasHead ? [] : beside.filter(([name]) => headBeside.test(name));
  const heads = head.map(([name, tensor]) => [`head.${headBeside.exec(name)![1]}`, tensor] as const);
  const parts = beside.filter(([name]) => partBeside.test(name));
  const left = beside
    .filter((entry) => !head.includes(entry) && !parts.includes(entry))
    .map(([name]) => name);
  const said = left.length === 0 ? [] : [`Left out, as outside of ${prefix}: ${summary(left)}.`];
  return { tensors: Object.fromEntries([...own, ...heads, ...parts]), notes: [...notes, ...said] };
}

function summary(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}
