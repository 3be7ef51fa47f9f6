import { describe, expect, it } from 'vitest';
import { TrainingReporter } from '../../src/cli/training-reporter.js';

function reporter(isTTY: boolean, columns = 200) {
  let [text, now] = ['', 0];
  const output = {
    isTTY,
    columns,
    write: (chunk: string | Uint8Array) => {
      text += chunk;
      return true;
    },
  };
  const subject = new TrainingReporter(output, () => now);
  const step = (number: number, seconds: number) => {
    now = seconds * 1000;
    subject.step({ step: number, totalSteps: 4, epoch: 0, epochs: 1, loss: 1, secondsPerStep: 10 });
  };
  return { subject, step, text: () => text };
}

describe('TrainingReporter', () => {
  it('writes a line every half minute, and the last one, into a file', () => {
    const { step, text } = reporter(false);
    for (const number of [1, 2, 3, 4]) step(number, 20 * number);
    expect(text().match(/step \d\/4/g)).toEqual(['step 1/4', 'step 3/4', 'step 4/4']);
    expect(text()).not.toContain('\r');
  });

  it('overwrites one line on a terminal and never wraps', () => {
    const { step, text } = reporter(true, 30);
    step(2, 0);
    expect(text().startsWith('\r\x1b[K██████████░░░░░░░░░░')).toBe(true);
    expect(text().length).toBeLessThan('\r\x1b[K'.length + 30);
    expect(text()).not.toContain('\n');
  });

  it('loses no letter on a terminal that does not say how wide it is', () => {
    const [known, unknown] = [reporter(true), reporter(true, 0)];
    for (const { step } of [known, unknown]) step(2, 0);
    expect(unknown.text()).toBe(known.text());
  });

  it('clears the progress line before a note', () => {
    const { subject, step, text } = reporter(true);
    step(1, 0);
    subject.note('epoch 1 done');
    expect(text().endsWith('\r\x1b[Kepoch 1 done\n')).toBe(true);
  });
});
