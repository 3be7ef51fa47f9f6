import type { SplitScores } from '../../evaluate/classification-scores.js';

/** Accuracy, accuracy by class and the confusion matrix as text. */
export function evaluationReport(scores: SplitScores): string {
  const { accuracy, correct, images, loss, interval } = scores;
  const within = interval ? `; 95 % interval ${percent(interval.low)} to ${percent(interval.high)}` : '';
  const summary = `accuracy ${percent(accuracy)} (${correct} of ${images}${within}), mean cross entropy ${loss.toFixed(4)}`;
  return [summary, '', ...confusionTable(scores)].join('\n');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** A row for each true class: its accuracy, then how many of its images were taken for each class. */
function confusionTable({ classes, confusion }: SplitScores): string[] {
  const header = ['true class', 'images', 'accuracy', ...classes.map(({ name }) => name)];
  const rows = classes.map(({ name, images, accuracy }, row) => {
    const share = accuracy === undefined ? '-' : percent(accuracy);
    return [name, String(images), share, ...confusion[row]!.map(String)];
  });
  const table = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table.map((row) => {
    const cells = row.map((cell, column) => {
      return column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!);
    });
    return cells.join('  ').trimEnd();
  });
}
