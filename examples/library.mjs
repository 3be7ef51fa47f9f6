// Classifies an image and finds the vehicles in it: node examples/library.mjs [image]
import { fileURLToPath } from 'node:url';
import { detectScene, formatDetections, loadDetector, loadModel, openRaster } from 'vision-longformer';

const image = process.argv[2] ?? fileURLToPath(new URL('munich-avenue.jpg', import.meta.url));

const model = await loadModel('land-use');
const { labels, width, height } = await model.classify(image, { topK: 3 });
console.log(
  `${width} x ${height} pixels: ${labels.map(({ label, score }) => `${label} ${score.toFixed(2)}`).join(', ')}`,
);
await model.close();

const detector = await loadDetector('aerial-vehicles');
const source = await openRaster(image);
const { detections } = await detectScene({ source, detector, threshold: 0.4 });
const { name, georeference } = source;
const scene = { name, width, height, georeference, labels: detector.labels, detections };
console.log(`${detections.count} vehicles; as CSV the first is`);
console.log(formatDetections(scene, 'csv').split('\n').slice(0, 2).join('\n'));
await source.close();
await detector.close();
