import { askForKey, authorisation } from './access.js';
import type { Scene } from './answers.js';
import type { ProblemDocument } from './problem.js';
import { Problem } from './problem.js';

export interface SubmitOptions {
  readonly model: string;
  /** Told of the bytes that have been sent. */
  readonly onProgress: (sent: number, total: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Sends a scene. `fetch` cannot tell how far an upload is, so this is an XMLHttpRequest.
 * @returns the job
 * @throws Problem when the server refuses it or cannot be reached; the signal's reason when it aborts
 */
export async function submitScene(file: File, options: SubmitOptions): Promise<Scene> {
  for (;;) {
    const access = authorisation();
    const upload = await send(file, options, access);
    if (upload.status === 202) return upload.response as Scene;
    if (upload.status !== 401) {
      throw new Problem({ ...(upload.response as ProblemDocument | null), status: upload.status });
    }
    await askForKey(access);
  }
}

function send(
  file: File,
  { model, onProgress, signal }: SubmitOptions,
  access: Readonly<Record<string, string>>,
): Promise<XMLHttpRequest> {
  return new Promise((resolve, reject) => {
    const upload = new XMLHttpRequest();
    upload.open('POST', `/v1/scenes?${new URLSearchParams({ model, name: file.name })}`);
    const type = file.type.startsWith('image/') ? file.type : 'application/octet-stream';
    for (const [name, value] of Object.entries({ ...access, 'Content-Type': type })) {
      upload.setRequestHeader(name, value);
    }
    upload.responseType = 'json';
    upload.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total);
    upload.onerror = () => reject(new Problem({ detail: 'The server cannot be reached.' }));
    upload.onabort = () => reject(signal.reason);
    upload.onload = () => resolve(upload);
    signal.addEventListener('abort', () => upload.abort());
    upload.send(file);
  });
}
