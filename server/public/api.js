// The server's API as the page uses it. Every request carries the key, where the server asks for one.

import { element } from './dom.js';

/** What the server says is wrong, in words for people. */
export class Problem extends Error {
  constructor({ detail, title, status }) {
    super(detail ?? title ?? `The server answered with status ${status}.`);
    this.status = status;
  }
}

const storedKey = 'vision-longformer-key';

/** Headers of every request. */
export function authorisation() {
  const key = sessionStorage.getItem(storedKey);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/**
 * Asks for a key in a dialogue, unless another request has done so meanwhile.
 * @param used headers that the server has refused
 */
async function askForKey(used) {
  if (authorisation().Authorization !== used.Authorization) return;
  const dialog = element('key-dialog');
  if (!dialog.open) {
    element('key').value = '';
    element('key-wrong').hidden = used.Authorization === undefined;
    dialog.returnValue = '';
    dialog.showModal();
  }
  await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
  const key = element('key').value.trim();
  if (dialog.returnValue !== 'ok' || !key)
    throw new Problem({ detail: 'This server asks for a key.', status: 401 });
  sessionStorage.setItem(storedKey, key);
}

async function problemOf(response) {
  const document = await response.json().catch(() => ({}));
  return new Problem({ ...document, status: response.status });
}

/** A request whose answer is good. */
export async function request(path, options = {}) {
  const access = authorisation();
  let response;
  try {
    response = await fetch(path, { ...options, headers: { ...options.headers, ...access } });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem({ detail: 'The server cannot be reached.' });
  }
  if (response.status === 401) {
    await askForKey(access);
    return request(path, options);
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

export const getJson = async (path, options) => (await request(path, options)).json();

/**
 * Sends a scene. `fetch` cannot tell how far an upload is, so this is an XMLHttpRequest.
 * @returns the job
 */
export function submit(file, query, { onProgress, signal }) {
  return new Promise((resolve, reject) => {
    const upload = new XMLHttpRequest();
    upload.open('POST', `/v1/scenes?${new URLSearchParams(query)}`);
    const type = file.type.startsWith('image/') ? file.type : 'application/octet-stream';
    upload.setRequestHeader('Content-Type', type);
    const access = authorisation();
    for (const [name, value] of Object.entries(access)) upload.setRequestHeader(name, value);
    upload.responseType = 'json';
    upload.upload.onprogress = ({ loaded, total }) => onProgress(loaded, total);
    upload.onerror = () => reject(new Problem({ detail: 'The server cannot be reached.' }));
    upload.onabort = () => reject(signal.reason);
    upload.onload = () => {
      if (upload.status === 202) resolve(upload.response);
      else if (upload.status === 401) {
        askForKey(access).then(() => resolve(submit(file, query, { onProgress, signal })), reject);
      } else reject(new Problem({ ...upload.response, status: upload.status }));
    };
    signal.addEventListener('abort', () => upload.abort());
    upload.send(file);
  });
}

/**
 * Follows a job by server-sent events, read with `fetch` because EventSource sends no headers. Connects again when the
 * connection is lost: the job goes on without it.
 * @returns the job as it ended
 */
export async function follow(job, { onProgress, signal }) {
  for (let attempt = 0; ; attempt++) {
    try {
      for await (const { event, data } of events(job.links.events, signal)) {
        attempt = 0;
        if (event !== 'progress') return data;
        onProgress(data);
      }
    } catch (error) {
      if (signal.aborted || attempt >= 10 || (error instanceof Problem && error.status === 404)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(8000, 500 * 2 ** attempt)));
  }
}

async function* events(path, signal) {
  const response = await request(path, { signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split('\n\n');
    text = blocks.pop();
    for (const block of blocks) {
      const match = /^event: (.*)\ndata: (.*)$/.exec(block);
      if (match) yield { event: match[1], data: JSON.parse(match[2]) };
    }
  }
}

/** An object URL of an image that an `img` could not ask for, as it sends no headers. */
export async function imageUrl(path, options) {
  return URL.createObjectURL(await (await request(path, options)).blob());
}

/** Saves what the server answers as a file. */
export async function download(path, name) {
  const link = document.createElement('a');
  link.href = await imageUrl(path);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
