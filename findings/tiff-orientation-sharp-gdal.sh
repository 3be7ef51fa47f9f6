#!/usr/bin/env bash
# sharp 0.35.5 (libvips) and rasterio 1.4.4 (GDAL 3.10.3): one GeoTIFF of 6 x 4 pixels with a geotransform and Orientation 6.
#
# Behaviour: sharp with autoOrient() turns it, and gives 4 x 6 pixels; rasterio gives 6 x 4 as they are stored, and a transform
# that is of these, and says nothing of the tag. Who finds objects in what sharp decodes, and places them with what GDAL
# says, is wrong by a quarter turn. For a TIFF that says where it lies, the tag has to be left alone.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check rasterio==1.4.4 tifffile==2026.3.3 numpy==2.4.6
npm init -y >/dev/null
npm install --silent --ignore-scripts --no-audit --no-fund sharp@0.35.5

cat >write.py <<'PY'
import numpy as np, rasterio, tifffile
from rasterio.transform import Affine

pixels = np.arange(24, dtype='uint8').reshape(4, 6)
with tifffile.TiffWriter('turned.tif') as out:
    # ModelPixelScale, ModelTiepoint and a GeoKeyDirectory of UTM zone 31N; 274 is Orientation.
    tags = [
        (274, 'H', 1, 6, True),
        (33550, 'd', 3, (2.0, 2.0, 0.0), True),
        (33922, 'd', 6, (0.0, 0.0, 0.0, 500000.0, 4000000.0, 0.0), True),
        (34735, 'H', 16, (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32631), True),
    ]
    out.write(pixels, photometric='minisblack', metadata=None, extratags=tags)
with rasterio.open('turned.tif') as scene:
    print(f'rasterio: {scene.width} x {scene.height}, {scene.crs}')
    assert (scene.width, scene.height) == (6, 4)
    assert scene.transform == Affine(2, 0, 500000, 0, -2, 4000000)
    assert (scene.read(1) == pixels).all()
PY
python/bin/python write.py

cat >read.cjs <<'JS'
const assert = require('node:assert/strict');
const sharp = require('sharp');

(async () => {
  const { data, info } = await sharp('turned.tif').autoOrient().greyscale().raw().toBuffer({ resolveWithObject: true });
  console.log(`sharp: ${info.width} x ${info.height}`);
  assert.deepEqual([info.width, info.height], [4, 6]);
  // The first stored column, from below.
  assert.deepEqual([...data.subarray(0, 4)], [18, 12, 6, 0]);
})();
JS
node read.cjs
