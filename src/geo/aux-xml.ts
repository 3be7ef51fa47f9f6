import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';
import { parseXml } from '../base/parse-xml.js';
import type { Georeference } from './georeference.js';
import { fitGroundControl } from './ground-control.js';
import { systemOfWkt } from './wkt-code.js';

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  isArray: (name) => name === 'GCP',
});

const text = z.union([z.string(), z.object({ '#text': z.string() }).transform((node) => node['#text'])]);
const numbers = z.string().transform((value) => value.split(',').map(Number));
const point = z.object({
  Pixel: z.coerce.number(),
  Line: z.coerce.number(),
  X: z.coerce.number(),
  Y: z.coerce.number(),
});

const dataset = z.object({
  PAMDataset: z.object({
    SRS: text.optional(),
    GeoTransform: numbers.optional(),
    GCPList: z.object({ Projection: z.string().optional(), GCP: z.array(point).default([]) }).optional(),
  }),
});

/**
 * What GDAL keeps beside images (`.aux.xml`) of where they lie; empty where it says nothing of it.
 * @param name of the file, for messages
 * @throws UserError when it is no XML
 */
export function readAuxXml(xml: string, name: string): Partial<Georeference> {
  const parsed = dataset.safeParse(parseXml(parser, xml, name));
  if (!parsed.success) return {};
  const { SRS, GeoTransform, GCPList } = parsed.data.PAMDataset;
  const system = systemOfWkt(SRS);
  if (GeoTransform?.length === 6 && GeoTransform.every(Number.isFinite)) {
    const [c, a, b, f, d, e] = GeoTransform as [number, number, number, number, number, number];
    return { transform: { a, b, c, d, e, f }, ...system };
  }
  if (!GCPList || GCPList.GCP.length < 3) return system;
  const points = GCPList.GCP.map(({ Pixel, Line, X, Y }) => ({ pixel: Pixel, line: Line, x: X, y: Y }));
  return { ...fitGroundControl(points), ...systemOfWkt(GCPList.Projection) };
}
