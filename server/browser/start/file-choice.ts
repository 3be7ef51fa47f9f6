import { request } from '../api/request.js';
import { element } from '../dom/element.js';

/** Calls back with each file that a person chooses, drops or pastes, and with the example. */
export function onFile(take: (file: File) => void): void {
  const takeFirst = (files: FileList | null | undefined) => {
    if (files?.[0]) take(files[0]);
  };
  const input = element('file', HTMLInputElement);
  input.addEventListener('change', () => {
    takeFirst(input.files);
    // Choosing the same file again should send it again.
    input.value = '';
  });
  element('example').addEventListener('click', async () => {
    const bytes = await (await request('/example.jpg')).blob();
    take(new File([bytes], 'munich-avenue.jpg', { type: bytes.type }));
  });
  showWhereToDrop();
  addEventListener('drop', ({ dataTransfer }) => takeFirst(dataTransfer?.files));
  addEventListener('paste', ({ clipboardData }) => takeFirst(clipboardData?.files));
}

function showWhereToDrop(): void {
  const drop = element('drop');
  const onDrag = (isOver: boolean) => (event: Event) => {
    event.preventDefault();
    drop.classList.toggle('over', isOver);
  };
  for (const type of ['dragenter', 'dragover']) addEventListener(type, onDrag(true));
  for (const type of ['dragleave', 'drop']) addEventListener(type, onDrag(false));
}
