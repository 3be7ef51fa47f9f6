import { XMLParser } from 'fast-xml-parser';
import type { TiffLayout } from './tiff-layout.js';
import { photometrics } from './tiff-layout.js';

/** What the bands of a TIFF are. */
export interface BandRoles {
  /** The band that says where there is an image. */
  readonly alpha?: number;
  /** The bands to look at unless told otherwise: red, green and blue, or a single one. */
  readonly colour: readonly number[];
}

type Role = string | undefined;

/**
 * What GDAL's colour interpretation in the file says of each band; without it what TIFF 6.0 does: RGB, then ExtraSamples, of
 * which only 1 and 2 are alpha. GDAL writes ExtraSamples 2 for a fourth band that it calls near infrared, so it goes first.
 * @param metadata GDAL's XML, of the tag 42112
 */
export function bandRoles(layout: TiffLayout, metadata: string | undefined): BandRoles {
  const named = colourInterpretation(metadata);
  const roles = Array.from(
    { length: layout.bands },
    (_, band) => named.get(band) ?? roleByTags(layout, band),
  );
  const alpha = roles.indexOf('alpha');
  const others = roles.flatMap((role, band) => (role === 'alpha' ? [] : [band]));
  const rgb = ['red', 'green', 'blue'].map((role) => roles.indexOf(role));
  const first = others.length < 3 ? others.slice(0, 1) : others.slice(0, 3);
  return {
    alpha: alpha < 0 ? undefined : alpha,
    // A file of alpha alone is looked at as grey.
    colour: rgb.every((band) => band >= 0) ? rgb : first.length > 0 ? first : [0],
  };
}

function roleByTags({ photometric, extraSamples, bands }: TiffLayout, band: number): Role {
  const colours = photometric === photometrics.rgb ? 3 : Math.max(1, bands - extraSamples.length);
  if (photometric === photometrics.rgb && band < 3) return ['red', 'green', 'blue'][band];
  if (band < colours) return undefined;
  const extra = extraSamples[band - colours];
  return extra === 1 || extra === 2 ? 'alpha' : undefined;
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  textNodeName: 'text',
  isArray: (name) => name === 'Item',
});

function colourInterpretation(metadata: string | undefined): Map<number, string> {
  const roles = new Map<number, string>();
  if (!metadata?.includes('COLORINTERP')) return roles;
  try {
    const items: unknown = parser.parse(metadata.replaceAll('\0', ''))?.GDALMetadata?.Item;
    for (const item of Array.isArray(items) ? items : []) {
      if (item?.name === 'COLORINTERP')
        roles.set(Number(item.sample), String(item.text).trim().toLowerCase());
    }
  } catch {
    // What is no XML says nothing about bands.
  }
  return roles;
}
