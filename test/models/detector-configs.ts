import { type DetectorConfig, detectorConfigSchema } from '../../models/detector-config.js';

function detector(backbone: object, head: object): DetectorConfig {
  const small = { channels: 8, convolutions: 1, ...head };
  return detectorConfigSchema.parse({ type: 'detector', backbone, head: small, classes: 2 });
}

const vil = (arch: string, options = {}) => ({
  type: 'vil',
  arch,
  classes: 1,
  imageSize: [32, 32],
  ...options,
});

/** Small detectors on each kind of backbone. */
export const smallDetectors = {
  'one stage': detector(
    vil('l1,h2,d12,n1,s1,g1,p8,f2,a1', { positionTable: 'repeated', normEmbed: false, imageSize: [16, 16] }),
    { strides: [2, 4, 8, 16] },
  ),
  'three stages': detector(
    vil('l1,h1,d8,n1,s1,g1,p4,f2,a0_l2,h2,d12,n1,s1,g1,p2,f2,a0_l3,h2,d16,n1,s1,g0,p2,f2,a0'),
    { strides: [4, 8, 16, 32] },
  ),
  'vision transformer': detector(
    { type: 'vit', patch: 8, width: 12, depth: 1, heads: 2, classes: 1, imageSize: [32, 32] },
    { strides: [4, 8] },
  ),
  'turned boxes': detector(vil('l1,h2,d12,n1,s1,g1,p8,f2,a1'), { strides: [4, 8], oriented: true }),
} as const;
