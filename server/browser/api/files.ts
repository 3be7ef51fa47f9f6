import { request } from './request.js';

/** An object URL of an image that an `img` could not ask for, as it sends no headers. */
export async function imageUrl(path: string): Promise<string> {
  return URL.createObjectURL(await (await request(path)).blob());
}

/** Saves what the server answers as a file. */
export async function download(path: string, name: string): Promise<void> {
  const link = document.createElement('a');
  link.href = await imageUrl(path);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
