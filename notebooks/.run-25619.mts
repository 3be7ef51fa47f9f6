import { startCell as __startCell } from "file:///work/main/scripts/notebook/tslab-stand-in.ts";
__startCell(0);
import * as tslab from "file:///work/main/scripts/notebook/tslab-stand-in.ts";
import { existsSync } from 'node:fs';
import sharp from 'sharp';
import { load } from './load.cjs';

const { generatePicture, generatorSchema } = await load('datasets/generated/generator.js');
const { drawMegapixelScene } = await load('datasets/megapixel-mnist.js');
const { longformerAttention2d } = await load('kernels/longformer-attention.js');
const { canvasCharts } = await load('src/benchmark/charts/accuracy-charts.js');
const { learningCharts } = await load('src/benchmark/charts/learning-charts.js');
const { renderSvg, svgToPng } = await load('src/benchmark/charts/render.js');
const { scalingCharts } = await load('src/benchmark/charts/scaling-charts.js');
const { summariseAccuracies } = await load('src/benchmark/experiments/accuracy.js');
const { readAllCurves } = await load('src/benchmark/experiments/learning-curve.js');
const { readResults, resultsFolder } = await load('src/benchmark/experiments/read-results.js');
const { Journal } = await load('src/benchmark/journal.js');
const { fitExponents } = await load('src/benchmark/scaling/exponents.js');
const { scalingRecords } = await load('src/benchmark/scaling/scaling-record.js');
const { useBackend } = await load('src/engine/backends.js');
const { tf } = await load('src/engine/tensor.js');
const { drawAttention, loadModel } = await load('src/index.js');

/** Shows pictures side by side, `height` pixels high. */
async function showRow(pictures: Buffer[], height: number): Promise<void> {
  const gap = 8;
  const sized = await Promise.all(
    pictures.map((picture) =>
      sharp(picture).resize({ height, kernel: 'nearest' }).png().toBuffer({ resolveWithObject: true }),
    ),
  );
  const width = sized.reduce((sum, { info }) => sum + info.width + gap, -gap);
  let left = 0;
  const placed = sized.map(({ data, info }) => {
    const place = { input: data, left, top: 0 };
    left += info.width + gap;
    return place;
  });
  const row = sharp({ create: { width, height, channels: 3, background: '#ffffff' } }).composite(placed);
  tslab.display.png(await row.png({ palette: true, colours: 64 }).toBuffer());
}
__startCell(1);
await useBackend('cpu');
const side = 28;
const locals = side * side;

const attention = tf.tidy(() => {
  const width = 1 + locals;
  const key = tf.zeros([1, width, width]);
  const value = tf.reshape(tf.eye(width), [1, width, width]);
  const query = tf.zeros([1, locals, width]);
  const inputs = { query, key, value, queryGlobal: tf.zeros([1, 1, width]), keyGlobal: key, valueGlobal: value };
  const settings = { heads: 1, rows: side, columns: side, globals: 1, window: 4, exact: 0, mode: 0, onlyGlobal: false };
  return longformerAttention2d(inputs as any, settings as any).dataSync() as Float32Array;
});

/** The attention of a token, drawn: 0 is the global token, local ones follow row by row. */
function drawSeen(token: number): Promise<Buffer> {
  const pixels = new Uint8Array(3 * locals).fill(235);
  for (let local = 0; local < locals; local++) {
    if (attention[token * (1 + locals) + 1 + local]! > 0) pixels.set([88, 166, 255], 3 * local);
  }
  if (token > 0) pixels.set([201, 55, 74], 3 * (token - 1));
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } }).png().toBuffer();
}

const tokens = { inside: 1 + 13 * side + 14, border: 1 + 13 * side, corner: 1 + locals - 1, global: 0 };
for (const [name, token] of Object.entries(tokens)) {
  const row = attention.subarray(token * (1 + locals), (token + 1) * (1 + locals));
  const seen = row.subarray(1).filter((weight) => weight > 0).length;
  console.log(`${name}: sees ${seen} of ${locals} local tokens, the global one ${row[0]! > 0 ? 'too' : 'not'}`);
}
await showRow(await Promise.all(Object.values(tokens).map(drawSeen)), 196);
__startCell(2);
const settings = generatorSchema.parse({ generator: 'megapixel-mnist', canvas: 1024 });
const index = 3;
const { canvas } = generatePicture(settings, 0, 'test', index);
const raw = { width: canvas.side, height: canvas.side, channels: 1 as const };
const scene = await sharp(canvas.pixels, { raw }).png().toBuffer();
const { digits } = drawMegapixelScene(settings as any, 0, 'test', index);
const digit = digits[0]!;

// The chunk of 4 tokens that the digit's centre is in, and the one before and after it.
const windows = [4, 8, 16].map((patch) => {
  const chunk = 4 * patch;
  const from = (position: number) => (Math.floor((position + 14) / chunk) - 1) * chunk;
  return { left: from(digit.left), top: from(digit.top), size: 3 * chunk };
});
const colours = ['#ff7b86', '#f0b429', '#58a6ff'];
const frames = windows.map(({ left, top, size }, stage) => {
  const place = `x="${left}" y="${top}" width="${size}" height="${size}"`;
  return `<rect ${place} fill="none" stroke="${colours[stage]}" stroke-width="3"/>`;
});
const overlay = Buffer.from(`<svg width="1024" height="1024" xmlns="http://www.w3.org/2000/svg">${frames.join('')}</svg>`);
const framed = await sharp(scene).composite([{ input: overlay }]).png().toBuffer();
console.log(`digits ${digits.map(({ label }) => label).join(', ')}; windows of ${windows.map(({ size }) => size).join(', ')} pixels`);
tslab.display.png(await sharp(framed).resize(640).png({ palette: true, colours: 32 }).toBuffer());
__startCell(3);
const kept: Buffer[] = [];
for (const large of [224, 384, 512, 768, 1024, 1536]) {
  const made = generatorSchema.parse({ generator: 'megapixel-mnist', canvas: large });
  const picture = generatePicture(made, 0, 'test', index).canvas;
  const { left, top } = drawMegapixelScene(made as any, 0, 'test', index).digits[0]!;
  const small = await sharp(picture.pixels, { raw: { width: large, height: large, channels: 1 } })
    .resize(224, 224, { kernel: 'linear' })
    .png()
    .toBuffer();
  const scale = 224 / large;
  const size = Math.max(1, Math.round(28 * scale));
  const at = (position: number) => Math.min(224 - size, Math.round(position * scale));
  kept.push(await sharp(small).extract({ left: at(left), top: at(top), width: size, height: size }).toColourspace('srgb').png().toBuffer());
  console.log(`canvas ${large}: the digit is ${size} x ${size} pixels of the thumbnail`);
}
await showRow(kept, 112);
__startCell(4);
const hasMegapixelModel = existsSync('../models/zoo/megapixel-mnist');
const model = await loadModel(hasMegapixelModel ? 'megapixel-mnist' : 'land-use', { threads: 2 });
const picture = hasMegapixelModel ? scene : '../examples/munich-avenue.jpg';
const result = await model.classify(picture, { attention: true, topK: 3 });
await model.close();
console.log(`${model.name} on ${result.width} x ${result.height} pixels`);
tslab.display.png(await sharp(await drawAttention(picture, result.attention!, { longestSide: 640 })).png({ palette: true, colours: 64 }).toBuffer());
__startCell(5);
const accuracies = summariseAccuracies(await readResults());
for (const { curriculum, canvas, title, spread, testImages } of accuracies.filter(({ task }) => task === 'majority')) {
  const seeds = spread.count === 1 ? '1 seed' : `${spread.count} seeds`;
  console.log(`${curriculum}, majority, canvas ${canvas}: ${title}: ${(100 * spread.mean).toFixed(1)} % of ${testImages} test pictures, ${seeds}`);
}
const curves = (await readAllCurves([resultsFolder()])).filter(({ name }) => name.startsWith('megapixel-longest'));
for (const { spec } of [...canvasCharts(accuracies), ...learningCharts(curves)]) tslab.display.png(await sharp(await svgToPng(await renderSvg(spec))).resize(900).png({ palette: true, colours: 64 }).toBuffer());
__startCell(6);
const { records } = await Journal.open('../docs/benchmark/journal.jsonl');
const scaling = scalingRecords(records);
for (const { label, cost, law, sides, engine } of fitExponents(scaling)) {
  if (engine === 'onnx') console.log(`${label}: ${cost} ~ pixels^${law.exponent.toFixed(2)} (${sides[0]} to ${sides.at(-1)})`);
}
const shown = scalingCharts(scaling, 'onnx').filter(({ name }) => /^(latency|activation|operations)/.test(name));
for (const { spec } of shown) tslab.display.png(await sharp(await svgToPng(await renderSvg(spec))).resize(900).png({ palette: true, colours: 64 }).toBuffer());
process.disconnect?.();
