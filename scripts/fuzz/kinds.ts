import { openJpeg, openJpeg2000, openOtherImages, openPng, openWebp } from './images.js';
import { openLabels } from './labels.js';
import { openServer } from './server.js';
import type { OpenTarget } from './target.js';
import { openAreas, openJournals, openQueuePayloads, openTrainingConfigs } from './texts.js';
import { openRemoteTiffs, openSidecars, openTiffs } from './tiffs.js';
import { openModelFolders, openPth, openRunCheckpoints, openSafetensors } from './weights.js';

/** Every kind of input that comes from outside. */
export const kinds = {
  jpeg: openJpeg,
  png: openPng,
  webp: openWebp,
  'other-images': openOtherImages,
  jpeg2000: openJpeg2000,
  tiff: openTiffs,
  'tiff-http': openRemoteTiffs,
  sidecars: openSidecars,
  safetensors: openSafetensors,
  pth: openPth,
  'model-folder': openModelFolders,
  checkpoint: openRunCheckpoints,
  'training-config': openTrainingConfigs,
  labels: openLabels,
  area: openAreas,
  journal: openJournals,
  queue: openQueuePayloads,
  http: openServer,
} as const satisfies Record<string, OpenTarget>;

export type Kind = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as readonly Kind[];
