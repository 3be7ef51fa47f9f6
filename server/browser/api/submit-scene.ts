import { askForKey, authorisation } from './access.js';
import type { Scene } from './answers.js';
import { Unreachable, untilReached } from './connection.js';
import type { ProblemDocument } from './problem.js';
import { Problem } from './problem.js';
import { isStartingOrStopping } from './request.js';

export interface SubmitOptions {
  readonly model: string;
  /** Told of the bytes that have been sent. */
  readonly onProgress: (sent: number, total: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Sends a scene. `fetch` cannot tell how far an upload is, so this is an XMLHttpRequest. It is sent again while the
 * server cannot be reached, unless all of it had been sent: the server may have taken it in.
 * @returns the job
 * @throws Problem when the server refuses it; the signal's reason when it aborts
 */
export async function submitScene(file: File, options: SubmitOptions): Promise<Scene> {
  for (;;) {
    const access = authorisation();
    const upload = await untilReached(() => send(file, options, access), options.signal);
    if (upload.status === 202) return upload.response as Scene;
    if (upload.status !== 401) throw problemOf(upload);
    await askForKey(access);
  }
}

function problemOf({ response, status }: XMLHttpRequest): Problem {
  return new Problem({ ...(response as ProblemDocument | null), status });
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
    let isSent = false;
    upload.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total);
    upload.upload.onload = () => {
      isSent = true;
    };
    upload.onerror = () => reject(isSent ? lostAnswer(file.name) : new Unreachable());
    upload.onabort = () => reject(signal.reason);
    upload.onload = () => {
      if (isStartingOrStopping(problemOf(upload).code)) reject(new Unreachable());
      else resolve(upload);
    };
    signal.addEventListener('abort', () => upload.abort());
    upload.send(file);
  });
}

function lostAnswer(name: string): Problem {
  const detail = `The connection was lost after ${name} had been sent, before the server answered. Send it again.`;
  return new Problem({ detail });
}
