import { join } from 'node:path';
import { readImageFolder } from '../../../datasets/image-folder.js';
import { createModel } from '../../../models/model-config.js';
import { UserError } from '../../base/errors.js';
import { roundUp } from '../../base/round-up.js';
import type { Size } from '../../boxes/box.js';
import { readHeader } from '../../image/header.js';
import type { Asked, StartingPoint, TaskPlan } from './asked.js';
import type { Finding } from './choice.js';
import { ascending, quantile } from './choice.js';
import type { FoundData } from './find-data.js';
import type { GivenImage, LookedAt } from './look-at-images.js';
import { lookAtImages } from './look-at-images.js';

/** Images whose headers are read to see how large they are. */
const sampled = 200;
/** Tokens of a step, all images together: what fits into a few gigabytes. */
const tokensPerStep = 3200;
/** A class with fewer images is hardly learned. */
const fewImages = 20;
/** Largest side that a classifier is trained at without being told. */
const largestSide = 512;

/** Chooses how a classifier for an image folder is trained and how its images are divided. */
export async function planClassification(
  asked: Asked,
  found: Extract<FoundData, { task: 'classification' }>,
  start: StartingPoint,
  told: (line: string) => void,
): Promise<TaskPlan> {
  if (start.config.type === 'detector') {
    throw new UserError(`${start.name} is a detector: start a classifier from another model with --from.`);
  }
  const images = await givenImages(found);
  if (images.classes.length < 2) {
    throw new UserError(
      `${found.folder} has one class, ${images.classes[0]}: there is nothing to tell apart. Add a folder of images of something else.`,
    );
  }
  const { stride } = createModel(start.config);
  const sizes = await sizesOf(images);
  const looked = await lookAtImages(images, asked.seed, progressNote(images.length, told));
  const { side, resize, why } = chooseSize(sizes, stride);
  const tokens = (side / stride) ** 2;
  const batchSize = Math.max(
    1,
    Math.min(16, Math.floor(tokensPerStep / tokens), Math.floor(looked.training.length / 4)),
  );
  const classes = images.classes;
  return {
    settings: {
      task: 'classification',
      data: found.folder,
      trainSplit: found.trainSplit,
      validationSplit: found.validationSplit ?? found.trainSplit,
      imageSize: [side, side],
      resize,
      batchSize,
      accumulation: Math.max(
        1,
        Math.min(Math.round(16 / batchSize), Math.floor(looked.training.length / batchSize / 4)),
      ),
      dropPath: 0.1,
      augment: augmentation(asked.upright),
      storage: 'F16',
    },
    choices: [
      { setting: 'classes', value: classes.join(', '), why: 'names of the folders' },
      {
        setting: 'input',
        value: `${side} x ${side} pixels, ${resize === 'none' ? 'as they are' : 'resized'}`,
        why,
      },
      { setting: 'batch', value: `${batchSize} images`, why: `${tokens} tokens each` },
      {
        setting: 'turns',
        value: asked.upright ? 'left to right only' : 'by 90 degrees, and mirrored',
        why: asked.upright ? '--upright' : 'taken to be seen from above; --upright if not',
      },
    ],
    findings: [...classFindings(images, looked), ...looked.findings],
    looked,
    paths: images.map(({ path }) => path),
    labels: images.map(({ labels }) => labels),
    root: found.folder,
  };
}

type Given = GivenImage[] & { classes: readonly string[] };

async function givenImages({
  folder,
  trainSplit,
  validationSplit,
}: Extract<FoundData, { task: 'classification' }>): Promise<Given> {
  const training = await readImageFolder(join(folder, trainSplit));
  const side = validationSplit === undefined ? undefined : 'training';
  const own = training.images.map(({ path, label }): GivenImage => ({ path, labels: [label], side }));
  const held =
    validationSplit === undefined
      ? []
      : (await readImageFolder(join(folder, validationSplit), training.classes)).images;
  const others = held.map(({ path, label }): GivenImage => ({ path, labels: [label], side: 'validation' }));
  return Object.assign([...own, ...others], { classes: training.classes });
}

async function sizesOf(images: readonly GivenImage[]): Promise<Size[]> {
  const step = Math.max(1, Math.floor(images.length / sampled));
  const sizes: Size[] = [];
  for (let at = 0; at < images.length; at += step) {
    // Broken files are named when all are looked at.
    const header = await readHeader(images[at]!.path).catch(() => undefined);
    if (header) sizes.push(header);
  }
  if (sizes.length === 0) throw new UserError(`No image can be read, e.g. ${images[0]!.path}.`);
  return sizes;
}

function chooseSize(sizes: readonly Size[], stride: number) {
  const sides = ascending(sizes.map(({ width, height }) => Math.sqrt(width * height)));
  const middle = quantile(sides, 0.5);
  const [first] = sizes;
  const isOne = sizes.every(({ width, height }) => width === first!.width && height === first!.height);
  const isSquare = isOne && first!.width === first!.height;
  if (isSquare && first!.width % stride === 0 && first!.width <= largestSide) {
    return {
      side: first!.width,
      resize: 'none' as const,
      why: 'all images looked at are of this size: every pixel is seen',
    };
  }
  const side = Math.min(
    roundUp(largestSide - stride + 1, stride),
    Math.max(stride, Math.round(middle / stride) * stride),
  );
  const limit =
    middle > largestSide ? `; more than ${largestSide} costs more time than there is for most` : '';
  return {
    side,
    resize: 'stretch' as const,
    why: `images are ${Math.round(middle)} pixels a side${isOne ? '' : ' in the middle'}, to multiples of ${stride}${limit}`,
  };
}

function classFindings(images: Given, { training, validation }: LookedAt): Finding[] {
  const count = (side: readonly number[], label: number) =>
    side.filter((at) => images[at]!.labels[0] === label).length;
  const counts = images.classes.map((name, label) => {
    return { name, training: count(training, label), validation: count(validation, label) };
  });
  const findings: Finding[] = [
    {
      text: `images to learn from: ${counts.map(({ name, training: own }) => `${name} ${own}`).join(', ')}`,
    },
  ];
  for (const { name, training: own, validation: held } of counts) {
    if (own < fewImages)
      findings.push({
        text: `class ${name} has ${own} images to learn from: too few to be learned well`,
        isWarning: true,
      });
    if (held === 0)
      findings.push({
        text: `class ${name} has no image to validate on: how well it is learned will not be known`,
        isWarning: true,
      });
  }
  const most = Math.max(...counts.map(({ training: own }) => own));
  const least = Math.min(...counts.map(({ training: own }) => own));
  if (most > 5 * Math.max(1, least))
    findings.push({ text: `the largest class has ${most} images, the smallest ${least}`, isWarning: true });
  return findings;
}

/** Tells now and then how many images were looked at. */
function progressNote(total: number, told: (line: string) => void): (done: number) => void {
  let last = performance.now();
  return (done) => {
    if (performance.now() - last < 15_000) return;
    last = performance.now();
    told(`looked at ${done} of ${total} images`);
  };
}

function augmentation(upright = false) {
  return {
    horizontalFlip: true,
    verticalFlip: !upright,
    rotations: !upright,
    crop: { scale: [0.6, 1], ratio: [0.8, 1.25] },
    colour: { brightness: 0.2, contrast: 0.2, saturation: 0.2 },
  };
}
