import { describe, expect, it } from 'vitest';
import type { PickleEnvironment } from '../../src/checkpoint/pickle.js';
import { PickleFunction, unpickle } from '../../src/checkpoint/pickle.js';

const environment: PickleEnvironment = {
  source: 'the pickle',
  global: (name) =>
    name === 'known.twice' ? new PickleFunction(name, ([value]) => [value!, value!]) : undefined,
  persistent: (id) => ({ id }),
};

/** Escapes as in Python's bytes literals, one character a byte. */
const read = (text: string) =>
  unpickle(
    Uint8Array.from(text, (character) => character.charCodeAt(0)),
    environment,
  );

describe('unpickle', () => {
  // Made with pickle.dumps(value, protocol) of CPython 3.11.
  const values: [string, string, unknown][] = [
    ['None', '\x80\x02N.', null],
    ['a negative integer', '\x80\x02J\xff\xff\xff\xff.', -1],
    ['2 ** 40', '\x80\x02\x8a\x06\x00\x00\x00\x00\x00\x01.', 2 ** 40],
    ['-2 ** 40', '\x80\x02\x8a\x06\x00\x00\x00\x00\x00\xff.', -(2 ** 40)],
    ['1.5', '\x80\x02G?\xf8\x00\x00\x00\x00\x00\x00.', 1.5],
    ['text beyond ASCII', '\x80\x02X\x02\x00\x00\x00\xc3\xa9q\x00.', 'é'],
    ['a list in a tuple', '\x80\x02]q\x00(K\x01K\x02e\x88\x86q\x01.', [[1, 2], true]],
    ['a dictionary', '\x80\x02}q\x00X\x01\x00\x00\x00aq\x01K\x01s.', new Map([['a', 1]])],
    ['a set of protocol 4', '\x80\x04\x95\x07\x00\x00\x00\x00\x00\x00\x00\x8f\x94(K\x01K\x02\x90.', [1, 2]],
    ['shared values', '\x80\x04]\x94(]\x94h\x01e.', [[], []]],
    ['a known function', '\x80\x02cknown\ntwice\nK\x07\x85R.', [7, 7]],
    ['a persistent id', '\x80\x02X\x01\x00\x00\x00kQ.', { id: 'k' }],
  ];
  it.each(values)('reads %s', (_, text, value) => {
    expect(read(text)).toEqual(value);
  });

  const refused: [string, string, RegExp][] = [
    ['an unknown global', 'cposix\nsystem\n.', /refers to posix\.system/],
    ['an unknown global by the stack', '\x80\x04\x8c\x02os\x8c\x06system\x93.', /refers to os\.system/],
    ['a global without a name', '\x80\x04]]\x93.', /names a global by no text/],
    ['an instance by name (protocol 0)', '(ios\nsystem\n.', /instruction 0x69/],
    ['a call of data', '\x80\x02K\x01)R.', /calls something that is no function/],
    ['a missing mark', '\x80\x02K\x01t.', /a mark is missing/],
    ['an empty stack', '.', /the stack is empty/],
    ['an unknown memo', '\x80\x02h\x07.', /unknown memo/],
    ['items for a number', '\x80\x02K\x01K\x02a.', /no list/],
    ['a cut-off text', '\x80\x02X\xff\x00\x00\x00ab', /cut off/],
    ['an absurd length', '\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xffab', /cut off/],
    ['no end', '\x80\x02K\x01', /cut off/],
  ];
  it.each(refused)('refuses %s', (_, text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
