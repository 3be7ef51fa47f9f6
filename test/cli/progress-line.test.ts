import type { WriteStream } from 'node:tty';
import { describe, expect, it } from 'vitest';
import { plural } from '../../src/cli/plural.js';
import { fitLine, ProgressLine } from '../../src/cli/progress-line.js';

describe('ProgressLine', () => {
  const shownOn = (columns: number | undefined) => {
    let text = '';
    const write = (chunk: string) => {
      text += chunk;
      return true;
    };
    new ProgressLine({ isTTY: true, columns, write } as unknown as WriteStream).show('12 of 36 tiles');
    return text;
  };

  it.each([0, undefined])('loses no letter on a terminal of %s columns', (columns) => {
    expect(shownOn(columns)).toBe('\r\x1b[K12 of 36 tiles');
  });

  it('does not wrap on a narrow one', () => {
    expect(shownOn(6)).toBe('\r\x1b[K12 of');
    expect(fitLine('12 of 36 tiles', 1)).toBe('1');
  });
});

it('counts one thing without an s', () => {
  expect([plural(0, 'tile'), plural(1, 'tile'), plural(2, 'tile')]).toEqual(['0 tiles', '1 tile', '2 tiles']);
});
