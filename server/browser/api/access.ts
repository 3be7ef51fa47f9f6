import { element } from '../dom/element.js';
import { Problem } from './problem.js';

const storedKey = 'vision-longformer-key';

/** Headers that tell the server who asks; none where it has not asked for a key. */
export type Access = Readonly<Record<string, string>>;

/** Headers of every request. */
export function authorisation(): Access {
  const key = sessionStorage.getItem(storedKey);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/**
 * Asks for a key in a dialogue, unless another request has done so meanwhile.
 * @param used headers that the server has refused
 * @throws Problem when no key is given; a button on the page then asks again
 */
export async function askForKey(used: Access): Promise<void> {
  if (authorisation().Authorization !== used.Authorization) return;
  const dialog = element('key-dialog', HTMLDialogElement);
  const field = element('key', HTMLInputElement);
  if (!dialog.open) {
    field.value = '';
    element('key-wrong').hidden = used.Authorization === undefined;
    dialog.returnValue = '';
    element('key-cancel').onclick = () => dialog.close('');
    dialog.showModal();
  }
  await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
  const key = field.value.trim();
  const isGiven = dialog.returnValue === 'ok' && key !== '';
  element('give-key').hidden = isGiven;
  if (!isGiven) throw new Problem({ detail: 'This server asks for a key.', status: 401 });
  sessionStorage.setItem(storedKey, key);
}
