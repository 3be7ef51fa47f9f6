import type { Georeference } from './georeference.js';

/**
 * A system in WKT by its EPSG code, where the whole of it has one, or as it is.
 * @returns nothing for what is no WKT
 */
export function systemOfWkt(wkt: string | undefined): Pick<Georeference, 'epsg' | 'crs' | 'citation'> {
  const text = wkt?.trim();
  if (!text || !/^[A-Za-z_]+\s*[[(]/.test(text)) return {};
  const citation = /"([^"]*)"/.exec(text)?.[1];
  const code = /(?:AUTHORITY\["EPSG","(\d+)"\]|ID\["EPSG",(\d+)\])\s*\]\s*$/i.exec(text);
  if (code && !/^BOUND/i.test(text)) return { epsg: Number(code[1] ?? code[2]), citation };
  return { crs: text, citation };
}
