import { UserError } from '../base/errors.js';

/** How a coordinate reference system is given: its code in a register, or a description. */
export type ReferenceSystem =
  | { readonly type: 'code'; readonly authority: 'EPSG' | 'ESRI'; readonly code: string }
  | { readonly type: 'proj'; readonly definition: string }
  | { readonly type: 'wkt'; readonly definition: string }
  | { readonly type: 'projjson'; readonly definition: string };

/** What WKT 1 (OGC 01-009, and as ESRI writes it) and WKT 2 (ISO 19162) of a system on Earth begin with. */
const wktStart =
  /^(PROJCS|GEOGCS|COMPD_CS|PROJCRS|PROJECTEDCRS|GEOGCRS|GEOGRAPHICCRS|GEODCRS|GEODETICCRS|COMPOUNDCRS|BOUNDCRS|DERIVEDPROJCRS)\s*[[(]/i;

/**
 * Understands a reference system as people and files write it: an EPSG or ESRI code ("EPSG:32631", "32631",
 * "ESRI:102003", "urn:ogc:def:crs:EPSG::32631", its address at opengis.net), a PROJ string, WKT 1 or 2, or PROJJSON.
 * @throws UserError for anything else
 */
export function parseReferenceSystem(crs: string | number): ReferenceSystem {
  const text = String(crs).trim();
  if (/^\+?(proj|init)=/.test(text)) return fromProjString(text);
  if (wktStart.test(text)) return { type: 'wkt', definition: text };
  if (text.startsWith('{')) return fromJson(text);
  const code = codeIn(text);
  if (code) return code;
  throw new UserError(
    `${shortened(text)} is not a reference system: give an EPSG or ESRI code, a PROJ string, WKT or PROJJSON.`,
    { status: 400 },
  );
}

/** A reference system as messages call it. */
export function nameOfSystem(system: ReferenceSystem): string {
  if (system.type === 'code') return `${system.authority}:${system.code}`;
  if (system.type === 'proj') return system.definition;
  const quoted = system.type === 'wkt' ? /"([^"]*)"/ : /"name"\s*:\s*"([^"]*)"/;
  return quoted.exec(system.definition)?.[1] ?? 'the system described';
}

/**
 * A reference system in one line for the "crs" member of GeoJSON 2008, which GDAL and so QGIS read.
 */
export function systemAsName(crs: string | number): string {
  const system = parseReferenceSystem(crs);
  return system.type === 'code' ? `urn:ogc:def:crs:${system.authority}::${system.code}` : system.definition;
}

function fromProjString(text: string): ReferenceSystem {
  const init = /^\+?init=(epsg|esri):(\d+)/i.exec(text);
  if (init)
    return {
      type: 'code',
      authority: init[1]!.toUpperCase() as 'EPSG' | 'ESRI',
      code: withoutZeros(init[2]!),
    };
  return {
    type: 'proj',
    definition: text.startsWith('+') ? text : `+${text.replaceAll(/ (?=\w+=)/g, ' +')}`,
  };
}

function fromJson(text: string): ReferenceSystem {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json && 'type' in json && /CRS$/.test(String(json.type)))
      return { type: 'projjson', definition: text };
  } catch (cause) {
    throw new UserError(`${shortened(text)} is not PROJJSON: ${String(cause)}.`, { status: 400, cause });
  }
  throw new UserError(`${shortened(text)} is not PROJJSON: its type is no reference system.`, {
    status: 400,
  });
}

function codeIn(text: string): ReferenceSystem | undefined {
  if (/^(OGC:|urn:ogc:def:crs:OGC:.*:)(CRS84|84)$/i.test(text) || /^(CRS84|WGS ?84)$/i.test(text))
    return { type: 'code', authority: 'EPSG', code: '4326' };
  const found =
    /^(\d+)$/.exec(text) ??
    /^(?:(EPSG|ESRI):)(\d+)$/i.exec(text) ??
    /^urn:(?:ogc|x-ogc):def:crs:(EPSG|ESRI):[^:]*:(\d+)$/i.exec(text) ??
    /^https?:\/\/www\.opengis\.net\/def\/crs\/(EPSG|ESRI)\/[^/]*\/(\d+)$/i.exec(text);
  if (!found) return undefined;
  const authority = found.length === 2 ? 'EPSG' : (found[1]!.toUpperCase() as 'EPSG' | 'ESRI');
  return { type: 'code', authority, code: withoutZeros(found.at(-1)!) };
}

function withoutZeros(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '');
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
