import { describe, expect, it } from 'vitest';
import { formatArchitecture, parseArchitecture } from '../../models/architecture.js';

const TINY =
  'l1,h1,d48,n1,s1,g1,p4,f7,a0_l2,h3,d96,n1,s1,g1,p2,f7,a0_l3,h3,d192,n9,s0,g1,p2,f7,a0_l4,h6,d384,n1,s0,g0,p2,f7,a0';

describe('parseArchitecture', () => {
  it('reads the published classifier', () => {
    const stages = parseArchitecture(TINY);
    expect(stages.map(({ width }) => width)).toEqual([48, 96, 192, 384]);
    expect(stages.map(({ globals }) => globals)).toEqual([1, 1, 1, 0]);
    expect(stages[2]).toEqual({
      heads: 3,
      width: 192,
      blocks: 9,
      isSparse: false,
      globals: 1,
      patch: 2,
      window: 7,
      hasAbsolutePositions: false,
    });
    expect(formatArchitecture(stages)).toBe(TINY);
  });

  it('fills in the defaults of the original', () => {
    expect(formatArchitecture(parseArchitecture('l1'))).toBe('l1,h3,d192,n1,s1,g1,p2,f7,a1');
  });

  it('makes every stage after a full one full', () => {
    const stages = parseArchitecture('l1,s1_l2,s0_l3,s1_l4,s1');
    expect(stages.map(({ isSparse }) => isSparse)).toEqual([true, false, false, false]);
  });

  it.each([
    ['', /Stage 1 of the architecture has "" where/],
    ['l1,h3,x2', /Stage 1 .* has "x2" where/],
    ['l1,h-3', /has "h-3" where/],
    ['l1_l3', /Stage 2 of the architecture: is marked l3/],
    ['l1,h12,d796', /width d796 is not a multiple of the heads h12/],
    ['l1,h1,d5', /width d5 must be even/],
    ['l1,n0', /n must be at least 1/],
    ['l1,s2', /s must be 0 or 1/],
    ['l1_l2_l3_l4_l5', /at most 4 stages, not 5/],
  ])('refuses %j', (text, message) => {
    expect(() => parseArchitecture(text)).toThrow(message);
  });
});
