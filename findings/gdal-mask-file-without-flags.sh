#!/usr/bin/env bash
# rasterio 1.4.4 (GDAL 3.10.3): a picture, and beside it `picture.tif.msk` of the same size, one band of 0 and 255.
#
# Behaviour: dataset_mask() is 255 everywhere: the mask file is not used, and nothing says so. It counts once its own metadata
# has INTERNAL_MASK_FLAGS_1=2, which GDAL writes into the masks that it makes itself. A mask that another program has written,
# with the name and the size that the documentation asks for, hides nothing.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check rasterio==1.4.4 numpy==2.4.6

cat >masks.py <<'PY'
import numpy as np, rasterio, warnings

warnings.simplefilter('ignore')
size = dict(driver='GTiff', width=16, height=16, count=1, dtype='uint8')
mask = np.full((16, 16), 255, dtype='uint8')
mask[:, :8] = 0
hidden = {}
for name, tags in {'plain': {}, 'flagged': {'INTERNAL_MASK_FLAGS_1': '2'}}.items():
    with rasterio.open(f'{name}.tif', 'w', **size) as scene:
        scene.write(np.full((16, 16), 7, dtype='uint8'), 1)
    with rasterio.open(f'{name}.tif.msk', 'w', **size) as beside:
        beside.write(mask, 1)
        beside.update_tags(**tags)
    with rasterio.open(f'{name}.tif') as scene:
        hidden[name] = int((scene.dataset_mask() == 0).sum())
    print(f'{name}: {hidden[name]} of 256 pixels hidden')
assert hidden == {'plain': 0, 'flagged': 128}, 'the behaviour is gone'
PY
python/bin/python masks.py
