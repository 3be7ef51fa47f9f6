import { accuracyPanels } from '../charts/accuracy-charts.js';
import type { PhotographResult } from '../photographs/photograph-result.js';
import { spreadOf, wilsonInterval } from '../statistics.js';
import { formatNumber, formatPercent } from './format.js';
import type { Section } from './section.js';

/** Models that were fine-tuned on photographs. */
export function photographSection(results: readonly PhotographResult[]): Section {
  const sorted = results.toSorted(
    (a, b) => a.data.localeCompare(b.data) || a.trainImages - b.trainImages || a.inputSize - b.inputSize,
  );
  return {
    title: 'Accuracy on photographs',
    text:
      'Fine-tuned here from the same weights, those of a ViT trained on ImageNet. Up to 224 pixels a ViT with patches of ' +
      '16 has at most 14 x 14 tokens, which the windows of ViL cover: both compute the same there.',
    charts: sorted.length > 0 ? [chartOf(sorted)] : [],
    tables: sorted.length > 0 ? [tableOf(sorted)] : [],
  };
}

function chartOf(results: readonly PhotographResult[]): Section['charts'][number] {
  const rows = results.map(({ data, model, inputSize, trainImages, test }) => ({
    title: model === 'vil' ? 'ViL' : 'ViT',
    // Only models that saw as many images share a panel.
    task: `${data}, ${formatNumber(trainImages)} images seen`,
    position: inputSize,
    spread: spreadOf([test.accuracy]),
    interval: wilsonInterval(test.accuracy, test.images),
    isTrained: true,
  }));
  return {
    name: 'accuracy-photographs',
    caption:
      'Share of test photographs answered right against the side that the model was given of them. Bars: the 95 % Wilson ' +
      'interval of the test photographs.',
    spec: accuracyPanels(rows, 'side of what the model is given (pixels)'),
  };
}

function tableOf(results: readonly PhotographResult[]): Section['tables'][number] {
  return {
    title: 'Photographs',
    note:
      'The epoch was chosen on the validation split; the test split was scored once, afterwards. Interval: 95 % Wilson ' +
      'interval of the test photographs. Only rows of as many images seen compare.',
    columns: [
      { head: 'data', align: 'left' },
      { head: 'model', align: 'left' },
      { head: 'photographs (px)' },
      { head: 'given (px)' },
      { head: 'parameters' },
      { head: 'epochs' },
      { head: 'images seen' },
      { head: 'seed' },
      { head: 'validation' },
      { head: 'test' },
      { head: 'test images' },
      { head: '95 % interval' },
    ],
    rows: results.map((each) => [
      each.data,
      each.title,
      String(each.imageSize),
      String(each.inputSize),
      formatNumber(each.parameters),
      String(each.epochs),
      formatNumber(each.trainImages),
      String(each.seed),
      formatPercent(each.validation.accuracy),
      formatPercent(each.test.accuracy),
      formatNumber(each.test.images),
      wilsonInterval(each.test.accuracy, each.test.images).map(formatPercent).join(' to '),
    ]),
  };
}
