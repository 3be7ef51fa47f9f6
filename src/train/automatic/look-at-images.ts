import type { PlaceSplit } from '../../../datasets/place-split.js';
import { splitByPlace } from '../../../datasets/place-split.js';
import type { ImageSurvey } from '../../../datasets/survey/survey-images.js';
import { surveyImages } from '../../../datasets/survey/survey-images.js';
import { UserError } from '../../base/errors.js';
import type { Finding } from './choice.js';
import { shareText } from './choice.js';
import { groundOf } from './ground.js';

/** An image of the data as the first pass sees it. */
export interface GivenImage {
  readonly path: string;
  /** Labels that it shows. */
  readonly labels: readonly number[];
  /** The side that the data put it on; absent where they do not say. */
  readonly side?: 'training' | 'validation';
}

/** The images to learn from and to validate on, and what was found on the way. */
export interface LookedAt {
  readonly training: readonly number[];
  readonly validation: readonly number[];
  readonly how: string;
  readonly findings: readonly Finding[];
  readonly gsd?: number;
}

/** Seconds that decoding images may take before anything is trained: people are to know within two minutes what to expect. */
const secondsToLook = 75;
/** Share of the images held back where the data name no split. */
const validationShare = 0.12;
/** More unreadable images are a fault of the set. */
const mostBroken = 0.2;

/**
 * Decodes images, finds the broken ones and the copies, and divides them where the data do not.
 * @throws UserError when too many are broken, or no image is left to learn from
 */
export async function lookAtImages(
  images: readonly GivenImage[],
  seed: number,
  progress?: (done: number) => void,
): Promise<LookedAt> {
  const paths = images.map(({ path }) => path);
  const survey = await surveyImages(paths, secondsToLook, progress);
  checkBroken(survey, images);
  const readable = [...images.keys()].filter((at) => !survey.broken.has(at));
  const { bounds, gsd } = await groundOf(paths);
  const findings = imageFindings(survey, paths);
  if (images.some(({ side }) => side === 'validation')) {
    return { ...asGiven(images, readable, survey, findings), gsd };
  }
  const placed = readable.map((at) => ({
    path: paths[at]!,
    labels: images[at]!.labels,
    bounds: bounds[at],
    copyOf: survey.copies[at],
  }));
  return { ...divided(readable, splitByPlace(placed, validationShare, seed), findings), gsd };
}

function checkBroken({ broken, looked }: ImageSurvey, images: readonly GivenImage[]): void {
  if (broken.size <= mostBroken * looked && broken.size < images.length) return;
  const [[at, reason] = [0, '']] = [...broken];
  throw new UserError(
    `${broken.size} of the ${looked} images looked at cannot be read, the first ${images[at]!.path}: ${reason}`,
  );
}

function imageFindings({ looked, broken, copies }: ImageSurvey, paths: readonly string[]): Finding[] {
  const findings: Finding[] = [
    {
      text:
        looked < paths.length
          ? `${shareText(looked, paths.length)} images were decoded before ${secondsToLook} s were over; the others are taken unseen`
          : `all ${paths.length} images were decoded`,
    },
  ];
  for (const [at, reason] of broken) {
    findings.push({ text: `left out, as it cannot be read: ${paths[at]!} (${reason})`, isWarning: true });
  }
  const groups = copies.filter((first, at) => first === at).length;
  const all = copies.filter((first) => first !== undefined).length;
  if (groups > 0) {
    const first = copies.findIndex((mark, at) => mark !== undefined && mark !== at);
    const example = `${paths[copies[first]!]!} and ${paths[first]!}`;
    findings.push({
      text: `${all - groups} images are copies of others, by their bytes or by how they look, e.g. ${example}`,
      isWarning: true,
    });
  }
  return findings;
}

/** The sides that the data name, without the validation images that training shows as well. */
function asGiven(
  images: readonly GivenImage[],
  readable: readonly number[],
  { copies }: ImageSurvey,
  findings: readonly Finding[],
): LookedAt {
  const training = readable.filter((at) => images[at]!.side !== 'validation');
  const seen = new Set(training.map((at) => copies[at]).filter((first) => first !== undefined));
  const named = readable.filter((at) => images[at]!.side === 'validation');
  const validation = named.filter((at) => copies[at] === undefined || !seen.has(copies[at]));
  if (validation.length === 0) {
    throw new UserError(
      'Every validation image is a copy of a training image: nothing would be measured by them.',
    );
  }
  const copied = named.length - validation.length;
  const text = `${copied} validation images are copies of training images and are not validated on: they would flatter the score`;
  return {
    training,
    validation,
    how: 'as the data say',
    findings: copied > 0 ? [...findings, { text, isWarning: true }] : findings,
  };
}

function divided(readable: readonly number[], split: PlaceSplit, findings: readonly Finding[]): LookedAt {
  const validation = readable.filter((_, at) => split.validation.has(at));
  const training = readable.filter((_, at) => !split.validation.has(at));
  if (validation.length > 0 && training.length > 0) return { training, validation, how: split.how, findings };
  const text =
    'there is nothing to hold back for validation: scores are on what is learned from, and say nothing about other images';
  return {
    training: readable,
    validation: readable,
    how: 'none: all images on both sides',
    findings: [...findings, { text, isWarning: true }],
  };
}
