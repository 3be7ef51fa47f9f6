// Asks a running `vil serve` what an image shows and where: node examples/server-client.mjs [address] [image]
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const address = process.argv[2] ?? 'http://127.0.0.1:3000';
const image = process.argv[3] ?? fileURLToPath(new URL('munich-avenue.jpg', import.meta.url));
const body = await readFile(image);

/** Sends the image, again after a while where the server has no room; throws what its problem document says. */
async function ask(path) {
  const headers = { 'Content-Type': 'image/jpeg' };
  const response = await fetch(new URL(path, address), { method: 'POST', headers, body });
  const wait = response.status === 503 && Number(response.headers.get('Retry-After'));
  if (wait) {
    await new Promise((resolve) => setTimeout(resolve, 1000 * wait));
    return ask(path);
  }
  const answer = await response.json();
  if (!response.ok) throw new Error(`${path}: ${answer.title}. ${answer.detail ?? ''}`);
  return answer;
}

const { predictions, model } = await ask('/v1/classify?top_k=1');
console.log(`${model}: ${predictions[0].label}, score ${predictions[0].score.toFixed(2)}`);
const { features } = await ask('/v1/detect?format=geojson');
console.log(`${features.length} objects, as GeoJSON`);
