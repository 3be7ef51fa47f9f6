import type { PolygonGeometry } from '../../geo/features.js';

const [polygonType, multiPolygonType] = [3, 6];

/** A polygon as well-known binary (OGC 06-103r4, section 8.2), little endian. */
export function toWkb(geometry: PolygonGeometry): Uint8Array {
  if (geometry.type === 'Polygon') return polygonWkb(geometry.coordinates);
  return Buffer.concat([
    header(multiPolygonType, geometry.coordinates.length),
    ...geometry.coordinates.map(polygonWkb),
  ]);
}

function polygonWkb(rings: readonly (readonly (readonly [number, number])[])[]): Buffer {
  const parts = rings.map((ring) => {
    const bytes = Buffer.alloc(4 + 16 * ring.length);
    bytes.writeUInt32LE(ring.length);
    for (const [index, value] of ring.flat().entries()) bytes.writeDoubleLE(value, 4 + 8 * index);
    return bytes;
  });
  return Buffer.concat([header(polygonType, rings.length), ...parts]);
}

function header(type: number, count: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(1);
  bytes.writeUInt32LE(type, 1);
  bytes.writeUInt32LE(count, 5);
  return bytes;
}
