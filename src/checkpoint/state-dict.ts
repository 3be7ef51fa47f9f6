import { UserError } from '../base/errors.js';
import type { PickleValue } from './pickle.js';
import { TorchTensor } from './torch-tensors.js';

/** Entries of averaged weights; timm takes them before others, in this order. */
const averages = ['state_dict_ema', 'model_ema'];
/** Entries under which training programs save their weights beside other things; the first found is taken. */
const wrappers = [
  'state_dict',
  'model',
  'net',
  'model_state',
  'model_state_dict',
  'module',
  'weights',
  'teacher',
  'student',
];

/** The tensors of a model by name. */
export interface StateDict {
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  readonly notes: readonly string[];
}

/**
 * The dictionary of tensors in what torch.save saved: averaged weights, under one of the usual entries, or at the top
 * (where a lone score may be a tensor too).
 * @throws UserError listing the entries when there are no tensors
 */
export function findStateDict(root: PickleValue, path: string): StateDict {
  const entries = root instanceof Map ? root : new Map<PickleValue, PickleValue>();
  const found = [...averages, ...wrappers].filter((name) => tensorsOf(entries.get(name)).size > 0);
  const [name] = found;
  if (name === undefined) {
    const tensors = tensorsOf(entries);
    if (tensors.size > 0) return { tensors, notes: [] };
    const keys = [...entries.keys()].filter((key) => typeof key === 'string');
    throw new UserError(
      `${path} has no tensors at its top or under ${wrappers.join(', ')}: its entries are ${keys.slice(0, 8).join(', ') || 'none'}`,
    );
  }
  const notes: string[] = [];
  if (averages.includes(name)) {
    notes.push(`The averaged weights (${name}) were taken, as timm does.`);
  } else if (found.length > 1) {
    notes.push(`The weights under ${name} were taken; there are others under ${found.slice(1).join(', ')}.`);
  }
  return { tensors: tensorsOf(entries.get(name)), notes };
}

function tensorsOf(value: PickleValue | undefined): ReadonlyMap<string, TorchTensor> {
  return new Map(value instanceof Map ? [...value].filter(isNamedTensor) : []);
}

function isNamedTensor(entry: [PickleValue, PickleValue]): entry is [string, TorchTensor] {
  return typeof entry[0] === 'string' && entry[1] instanceof TorchTensor;
}
