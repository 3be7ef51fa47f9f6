#!/usr/bin/env bash
# rasterio 1.4.4 (GDAL 3.10.3): four bands of 8 bits, whose colour interpretation is set to red, green, blue and near
# infrared before the pixels are written.
#
# Behaviour: the TIFF's own tags say PhotometricInterpretation 1 (grey) and ExtraSamples 2 for one extra sample: alpha, not
# associated. That the last band is near infrared stands in GDAL's own metadata alone, which GDAL reads back first. A reader that
# goes by TIFF's tags takes near infrared for transparency, with three samples that it has no name for. With photometric='rgb'
# given, ExtraSamples is 0, as one would expect of both.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check rasterio==1.4.4 tifffile==2026.3.3 numpy==2.4.6

cat >bands.py <<'PY'
import numpy as np, rasterio, tifffile, warnings
from rasterio.enums import ColorInterp as C

warnings.simplefilter('ignore')
pixels = np.arange(4 * 16 * 16, dtype='uint8').reshape(4, 16, 16)
found = {}
for name, options in {'plain': {}, 'rgb': {'photometric': 'rgb'}}.items():
    path = f'{name}.tif'
    size = dict(width=16, height=16, count=4, dtype='uint8')
    with rasterio.open(path, 'w', driver='GTiff', **size, **options) as scene:
        scene.colorinterp = [C.red, C.green, C.blue, C.nir]
        scene.write(pixels)
    tags = tifffile.TiffFile(path).pages[0].tags
    extra = tags['ExtraSamples'].value
    found[name] = (int(tags['PhotometricInterpretation'].value), [int(sample) for sample in extra])
    with rasterio.open(path) as scene:
        assert scene.colorinterp[3] == C.nir
    print(f'{name}: photometric {found[name][0]}, extra samples {found[name][1]}')
assert found == {'plain': (1, [2]), 'rgb': (2, [0])}, 'the behaviour is gone'
PY
python/bin/python bands.py
