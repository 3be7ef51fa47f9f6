import sharp from 'sharp';
import type { LoadRequest } from './generate-load.js';

interface Classified {
  readonly predictions?: readonly { readonly label: string; readonly score: number }[];
  readonly image?: { readonly width: number; readonly height: number };
}

const sizes = [
  [64, 64],
  [96, 64],
  [50, 70],
] as const;

/**
 * Requests of several sizes, formats and ways to send them. What is right is asked of the server beforehand, one request
 * at a time: under load it has to answer the same.
 */
export async function loadRequests(url: string): Promise<LoadRequest[]> {
  const requests: LoadRequest[] = [];
  for (const [width, height] of sizes) {
    const background = { r: 4 * width - 200, g: 2 * height, b: 90 };
    const noise = { type: 'gaussian', mean: 100, sigma: 40 } as const;
    const image = sharp({ create: { width, height, channels: 3, background, noise } });
    const png = Uint8Array.from(await image.png().toBuffer());
    const jpeg = Uint8Array.from(await image.jpeg().toBuffer());
    requests.push(
      await classification(url, png, { 'content-type': 'image/png' }, width, height),
      await classification(url, jpeg, { 'content-type': 'image/jpeg' }, width, height),
      await classification(url, ...formWith(jpeg), width, height),
    );
  }
  return requests;
}

async function classification(
  url: string,
  body: Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
  width: number,
  height: number,
): Promise<LoadRequest> {
  const path = '/v1/classify?top_k=3';
  const response = await fetch(url + path, { method: 'POST', body, headers });
  if (response.status !== 200) throw new Error(`the server answers ${response.status} without any load`);
  const expected = ((await response.json()) as Classified).predictions!;
  return {
    path,
    headers,
    body,
    check(answer) {
      const { predictions, image } = answer as Classified;
      if (image?.width !== width || image.height !== height) return `size ${JSON.stringify(image)}`;
      const isSame = expected.every(({ label, score }, rank) => {
        const found = predictions?.[rank];
        return found?.label === label && Math.abs(found.score - score) < 1e-4;
      });
      return isSame
        ? undefined
        : `answers ${JSON.stringify(predictions)} instead of ${JSON.stringify(expected)}`;
    },
  };
}

/** A body of RFC 7578 with the image in its field. */
function formWith(image: Uint8Array): [Uint8Array<ArrayBuffer>, Record<string, string>] {
  const boundary = 'load-test-boundary';
  const head =
    `--${boundary}\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n` +
    'Content-Type: image/jpeg\r\n\r\n';
  const body = Buffer.concat([Buffer.from(head), image, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return [Uint8Array.from(body), { 'content-type': `multipart/form-data; boundary=${boundary}` }];
}
