#!/usr/bin/env bash
# proj4js 2.22.0 against PROJ 9.5.1 (pyproj 3.7.2), WGS 84 throughout, at 12 degrees east and 45 north.
#
# Behaviour: +proj=ortho, gnom, mill and vandg are computed on a sphere of the ellipsoid's semi-major axis, and are one to six
# kilometres away from what PROJ gives. Nothing is thrown or logged; +ellps=WGS84 is taken and not used. cea and eqc beside
# them agree to a millimetre, so the parameters are read right. (PROJ has mill and vandg on a sphere as well, but on a
# smaller one: the ratio of the northings of mill, 0.99888, is that of the authalic radius to the semi-major axis.)
#
# Seen on 2026-12-01 (metres between the two): ortho 1207, gnom 1215, mill 6015, vandg 6006, cea 0, eqc 0.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --ignore-scripts --no-audit --no-fund proj4@2.22.0
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check pyproj==3.7.2

cat >proj.mjs <<'JS'
import proj4 from 'proj4';
for (const definition of process.argv.slice(2)) console.log(proj4(definition, [12, 45]).join(' '));
JS
cat >compare.py <<'PY'
import subprocess
from math import hypot
from pyproj import Transformer

rest = '+lon_0=10 +x_0=0 +y_0=0 +ellps=WGS84 +units=m'
names = {'ortho': '+lat_0=40', 'gnom': '+lat_0=40', 'mill': '', 'vandg': '', 'cea': '+lat_ts=30', 'eqc': '+lat_ts=30'}
definitions = [f'+proj={name} {own} {rest}' for name, own in names.items()]
lines = subprocess.run(['node', 'proj.mjs', *definitions], check=True, capture_output=True, text=True).stdout.split('\n')
far = {}
for name, definition, line in zip(names, definitions, lines):
    found = [float(number) for number in line.split()]
    right = Transformer.from_crs('+proj=longlat +ellps=WGS84', definition, always_xy=True).transform(12, 45)
    far[name] = hypot(found[0] - right[0], found[1] - right[1])
    print(f'{name:6} {far[name]:8.1f} m apart')
assert all(far[name] > 1000 for name in ('ortho', 'gnom', 'mill', 'vandg')), 'the behaviour is gone'
assert all(far[name] < 0.001 for name in ('cea', 'eqc')), 'the comparison itself is off'
PY
python/bin/python compare.py
