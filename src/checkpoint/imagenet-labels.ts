import labels from './imagenet-labels.json' with { type: 'json' };

/**
 * The 1,000 class names of ImageNet-1k (ILSVRC 2012) in the order every published classifier uses: by WordNet id. Each
 * is the first WordNet lemma of its synset, as in torchvision, which tells "crane" (the bird) and "maillot" apart.
 */
export const imagenetLabels: readonly string[] = labels;
