import { describe, expect, it } from 'vitest';
import { problemOf } from '../../server/problem.js';
import { UserError } from '../../src/base/errors.js';

describe('problemOf', () => {
  it.each([
    [
      'cannot read /srv/models/land-use/config.json: permission denied',
      'cannot read config.json: permission denied',
    ],
    ["no such file, open '/var/data/a/b'", "no such file, open 'b'"],
    ['cannot read C:\\models\\mine\\config.json: gone', 'cannot read config.json: gone'],
    ['https://example.org/a/b.tif is not a TIFF', 'https://example.org/a/b.tif is not a TIFF'],
    ['Overlap by 1/2, send image/png', 'Overlap by 1/2, send image/png'],
  ])('tells %s without folders', (message, detail) => {
    expect(problemOf(new UserError(message)).detail).toBe(detail);
  });

  it.each([
    Object.assign(new Error('write'), { code: 'ENOSPC' }),
    new Error('ENOSPC: no space left on device, write'),
    new UserError('cannot write /srv/x: the disk is full'),
    new Error('failed', { cause: Object.assign(new Error('quota'), { code: 'EDQUOT' }) }),
  ])('knows a full disk by %s', (error) => {
    expect(problemOf(error)).toMatchObject({ status: 503, code: 'disk_full' });
  });
});
