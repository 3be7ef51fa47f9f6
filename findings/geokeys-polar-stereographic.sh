#!/usr/bin/env bash
# geotiff-geokeys-to-proj4 2024.4.13 on the GeoKeys of a polar stereographic system as GDAL writes them (polar stereographic,
# variant B: true scale at 70 north, 45 west straight up), and on those of a Mercator system with a standard parallel.
#
# Behaviour: of the polar system the straight vertical longitude is dropped, and the latitude of true scale, which GDAL
# keeps in ProjNatOriginLatGeoKey, becomes the latitude of origin: "+proj=stere +lat_0=70" without +lon_0, a plane that touches
# the Earth at 70 north instead of the pole. Of the Mercator system the parallel is given as +lat_1, beside "+lat_ts=undefined".
# No error is reported for either but that GeographicTypeGeoKey and ProjectedCSTypeGeoKey are both there.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --ignore-scripts --no-audit --no-fund geotiff-geokeys-to-proj4@2024.4.13

cat >keys.mjs <<'JS'
import assert from 'node:assert/strict';
import geokeys from 'geotiff-geokeys-to-proj4';

const common = {
  GTModelTypeGeoKey: 1, GTRasterTypeGeoKey: 1, GeographicTypeGeoKey: 4326, ProjectedCSTypeGeoKey: 32767,
  ProjectionGeoKey: 32767, ProjLinearUnitsGeoKey: 9001, ProjFalseEastingGeoKey: 0, ProjFalseNorthingGeoKey: 0,
};
const polar = {
  ProjCoordTransGeoKey: 15, ProjNatOriginLatGeoKey: 70, ProjScaleAtNatOriginGeoKey: 1, ProjStraightVertPoleLongGeoKey: -45,
};
const mercator = { ProjCoordTransGeoKey: 7, ProjStdParallel1GeoKey: 41, ProjNatOriginLongGeoKey: 0 };
const [stere, merc] = [polar, mercator].map((keys) => geokeys.toProj4({ ...common, ...keys }));
console.log(stere.proj4, Object.keys(stere.errors));
console.log(merc.proj4, Object.keys(merc.errors));
assert.match(stere.proj4, /\+proj=stere \+lat_0=70 /);
assert.doesNotMatch(stere.proj4, /lon_0|lat_ts/);
assert.match(merc.proj4, /\+lat_1=41 \+lat_ts=undefined/);
for (const { errors } of [stere, merc]) assert.deepEqual(Object.keys(errors), ['bothGCSAndPCSAreSet']);
JS
node keys.mjs
