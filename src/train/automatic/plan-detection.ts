import { UserError } from '../../base/errors.js';
import type { AnnotatedImage, AnnotationSet } from '../../boxes/annotations.js';
import { readLabelled } from '../detection/splits.js';
import type { Asked, StartingPoint, TaskPlan } from './asked.js';
import type { Choice, Finding } from './choice.js';
import { shareText } from './choice.js';
import { chooseDetector } from './choose-detector.js';
import { detectionFacts, labelFindings } from './detection-facts.js';
import type { FoundData } from './find-data.js';
import { lookAtImages } from './look-at-images.js';

/** More wrong objects than these are a fault of the labels as a whole. */
const mostWrong = 0.2;

/** Chooses what a detector for a labelled set is and how its images are divided. */
export async function planDetection(
  asked: Asked,
  found: Extract<FoundData, { task: 'detection' }>,
  start: StartingPoint,
  told: (line: string) => void,
): Promise<TaskPlan> {
  const set = await read(asked, found.labels);
  const other = found.validation === undefined ? undefined : await read(asked, found.validation);
  const images = givenImages(set, other);
  const looked = await lookAtImages(images, asked.seed);
  const training: AnnotationSet = {
    labels: set.labels,
    images: looked.training.map((at) => images[at]!.image),
  };
  const facts = detectionFacts(training);
  if (facts.objects === 0) throw new UserError(`${found.labels} has no objects to learn from.`);
  const { settings, choices } = chooseDetector(facts, start);
  const rare = rareClasses(training);
  const gsd = asked.gsd ?? looked.gsd;
  const labelled = (labels: string) => ({ labels, images: asked.images, skipWrong: true });
  for (const note of set.notes ?? []) told(note);
  return {
    settings: {
      task: 'detection',
      data: labelled(found.labels),
      validation: found.validation && labelled(found.validation),
      gsd,
      augment: augmentation(asked.upright),
      storage: 'F16',
      ...settings,
      balance: rare.length > 0 ? rareShare : 0,
    },
    choices: [
      { setting: 'classes', value: usedLabels(set).join(', '), why: 'those with objects' },
      ...choices,
      ...rareChoice(rare),
      {
        setting: 'ground',
        value: gsd === undefined ? 'not known' : `${gsd} m a pixel`,
        why: whyGround(asked, looked.gsd),
      },
      {
        setting: 'turns',
        value: asked.upright ? 'left to right only' : 'by 90 degrees, and mirrored',
        why: asked.upright ? '--upright' : 'taken to be seen from above; --upright if not',
      },
    ],
    findings: [
      ...wrongFindings(set, found.labels),
      ...labelFindings(set),
      ...tooSmall(facts.sides, settings.head!.strides[0]!),
      ...looked.findings,
    ],
    looked,
    paths: images.map(({ path }) => path),
    labels: images.map(({ labels }) => labels),
    root: found.labels,
  };
}

/** A class with a smaller share of the objects is rare, and one in a smaller share of the windows is shown more often. */
const [rareObjects, rareShare] = [0.1, 0.2];

/** Names of the classes that few of the objects are of. */
function rareClasses({ labels, images }: AnnotationSet): string[] {
  const all = images.flatMap(({ objects }) => objects.map(({ label }) => label));
  return labels.filter((_, label) => {
    const count = all.filter((own) => own === label).length;
    return count > 0 && count < rareObjects * all.length;
  });
}

function rareChoice(rare: readonly string[]): Choice[] {
  if (rare.length === 0) return [];
  const why = `less than a tenth of the objects: ${rare.join(', ')}; windows of classes in less than a fifth of all are shown more often (LVIS)`;
  return [{ setting: 'balance', value: String(rareShare), why }];
}

interface Read extends AnnotationSet {
  readonly problems: readonly string[];
}

async function read({ images }: Asked, labels: string): Promise<Read> {
  const problems: string[] = [];
  const set = await readLabelled({ labels, images, skipWrong: true }, (problem) => problems.push(problem));
  const objects = set.images.reduce((sum, own) => sum + own.objects.length, 0);
  if (problems.length > Math.max(3, mostWrong * (objects + problems.length))) {
    throw new UserError(
      `${problems.length} objects or images of ${labels} are wrong, against ${objects} that are not. The first: ${problems[0]}`,
    );
  }
  if (set.images.length === 0)
    throw new UserError(`${labels} has no image that can be read. ${problems[0] ?? ''}`);
  return { ...set, problems };
}

interface GivenLabelled {
  readonly path: string;
  readonly image: AnnotatedImage;
  readonly labels: readonly number[];
  readonly side?: 'training' | 'validation';
}

/** All images but those of a test split, with the side that the data put them on. */
function givenImages(set: AnnotationSet, other: AnnotationSet | undefined): GivenLabelled[] {
  const splits = new Set(set.images.map(({ split }) => split && settled(split)));
  const isSplit = splits.has('validation');
  const own = set.images.flatMap((image): GivenLabelled[] => {
    const side = image.split === undefined ? 'training' : settled(image.split);
    if (side === 'test' || (isSplit && side === undefined)) return [];
    return [given(image, isSplit || other ? (side ?? 'training') : undefined)];
  });
  const held = other?.images.map((image) => given(image, 'validation')) ?? [];
  return [...own, ...held];
}

function given(image: AnnotatedImage, side: GivenLabelled['side']): GivenLabelled {
  return { path: image.path, image, labels: image.objects.map(({ label }) => label), side };
}

function settled(split: string): 'training' | 'validation' | 'test' | undefined {
  if (/^(train|training)$/i.test(split)) return 'training';
  if (/^(val|valid|validation)$/i.test(split)) return 'validation';
  return /^test/i.test(split) ? 'test' : undefined;
}

function usedLabels({ labels, images }: AnnotationSet): string[] {
  const used = new Set(images.flatMap(({ objects }) => objects.map(({ label }) => label)));
  return labels.filter((_, label) => used.has(label));
}

function wrongFindings({ problems }: Read, labels: string): Finding[] {
  const [first] = problems;
  if (first === undefined) return [];
  return [
    {
      text: `${problems.length} entries of ${labels} are wrong and left out, the first: ${first}`,
      isWarning: true,
    },
  ];
}

/** Objects that a cell of the finest level covers whole: several of them would be one. */
function tooSmall(sides: readonly number[], stride: number): Finding[] {
  const small = sides.filter((side) => side < stride).length;
  if (small === 0) return [];
  const text = `${shareText(small, sides.length)} objects are shorter than ${stride} pixels, the distance of places where objects are looked for: many will be missed`;
  return [{ text, isWarning: true }];
}

function augmentation(upright = false) {
  return {
    horizontalFlip: true,
    verticalFlip: !upright,
    rotations: !upright,
    scale: [0.75, 1.3],
    colour: { brightness: 0.2, contrast: 0.2, saturation: 0.2 },
  };
}

function whyGround({ gsd }: Asked, found: number | undefined): string {
  if (gsd !== undefined) return '--gsd';
  return found === undefined
    ? 'files do not say it; --gsd to have scenes of other resolutions resampled'
    : 'georeference of the images';
}
