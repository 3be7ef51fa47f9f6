#!/usr/bin/env bash
# rasterio 1.4.4 (GDAL 3.10.3, its own libtiff) writes the same float32 raster with compress=lerc twice, little- and big-endian;
# imagecodecs 2026.3.6 decodes the raw LERC block of each.
#
# Behaviour: LERC is a format of numbers, with a byte order of its own, and the little-endian file's block decodes to the
# pixels. The big-endian file's block decodes to other numbers: those whose bytes are the pixels' turned round. libtiff swaps the
# samples before it hands them to LERC, as it must for codecs of bytes, and back after. A reader that decodes the block
# itself has to turn the bytes of the decoded numbers, although LERC has already put them in order; and a lossy LERC would
# bound the error of numbers that mean nothing.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check rasterio==1.4.4 tifffile==2026.3.3 numpy==2.4.6 imagecodecs==2026.3.6

cat >order.py <<'PY'
import warnings
import imagecodecs, numpy as np, rasterio, tifffile

warnings.simplefilter('ignore')
pixels = np.arange(1, 64 * 64 + 1, dtype='float32').reshape(1, 64, 64)
shape = dict(width=64, height=64, count=1, dtype='float32', compress='lerc', tiled=True, blockxsize=64, blockysize=64)
decoded = {}
for order in ('LITTLE', 'BIG'):
    with rasterio.open(f'{order}.tif', 'w', driver='GTiff', ENDIANNESS=order, **shape) as scene:
        scene.write(pixels)
    with rasterio.open(f'{order}.tif') as scene:
        assert (scene.read() == pixels).all()
    page = tifffile.TiffFile(f'{order}.tif').pages[0]
    block = open(f'{order}.tif', 'rb').read()[page.dataoffsets[0] :][: page.databytecounts[0]]
    decoded[order] = imagecodecs.lerc_decode(block).reshape(pixels.shape)
    print(order, decoded[order].ravel()[:3])
assert (decoded['LITTLE'] == pixels).all()
assert not (decoded['BIG'] == pixels).any(), 'the behaviour is gone'
assert (decoded['BIG'].view('uint32').byteswap().view('float32') == pixels).all()
PY
python/bin/python order.py
