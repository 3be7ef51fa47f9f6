# python write-matrix.py IMAGE FOLDER: writes TIFFs in every layout that GDAL writes, and what rasterio reads in them.
#
# For each variant NAME.tif, index.json has {name, kind, shape, at, mask, tolerance}: samples as rasterio reads them lie in
# truth.bin from byte `at`, as float64 [bands, height, width]; its dataset mask from byte `mask`, as uint8. kind 'scene' is the
# whole image, where objects are to be found; 'refused' is what has no real samples or a codec that is not read.
import itertools, json, os, sys, warnings
import numpy as np
import rasterio
from rasterio.enums import ColorInterp as C
from rasterio.transform import from_origin

warnings.simplefilter('ignore')
image_path, folder = sys.argv[1:3]
os.makedirs(folder, exist_ok=True)
with rasterio.open(image_path) as source:
    scene = source.read()[:3]
small = scene[:, 40:90, 30:100]
truth = open(os.path.join(folder, 'truth.bin'), 'wb')
index, skipped = [], []


def write(name, x, kind='pixels', ci=None, mask=None, outer=False, cmap=None, tolerance=0, env=None, expect=None, **options):
    path = os.path.join(folder, name + '.tif')
    try:
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=not outer, **(env or {})):
            with rasterio.open(path, 'w', driver='GTiff', width=x.shape[2], height=x.shape[1], count=x.shape[0],
                               dtype=str(x.dtype), transform=from_origin(5e5, 4e6, .5, .5), crs='EPSG:32631', **options) as out:
                if ci: out.colorinterp = ci
                out.write(x)
                if cmap: out.write_colormap(1, cmap)
                if mask is not None: out.write_mask(mask)
    except Exception as error:
        skipped.append(f'{name}: {str(error).splitlines()[0]}')
        return
    row = {'name': name, 'kind': kind, 'tolerance': tolerance, 'expect': expect}
    if kind != 'refused':
        try:
            with rasterio.open(path) as read: samples, valid = read.read(), read.dataset_mask()
        except Exception as error:
            skipped.append(f'{name}: written, but not read by GDAL: {error}')
            return
        row['shape'] = list(samples.shape)
        row['at'] = truth.tell()
        truth.write(np.ascontiguousarray(samples, dtype='<f8').tobytes())
        row['mask'] = truth.tell()
        truth.write(np.ascontiguousarray(valid).tobytes())
    index.append(row)


def cast(x, dtype):
    d = np.dtype(dtype)
    if d.kind == 'f': return (x / 255 * 3 - 1).astype(d)
    if d.kind == 'c': return (x / 255 + 1j).astype(d)
    if dtype == 'int8': return (x.astype('int16') - 128).astype('int8')
    if dtype == 'uint8': return x
    top = min(np.iinfo(d).max, 2**53 - 1)
    return (x.astype('float64') / 255 * (top // 2)).astype(d) - (d.type(top // 5) if d.kind == 'i' else d.type(0))


layouts = list(itertools.product(['pixel', 'band'], [False, True]))
tiles = {'tiled': True, 'blockxsize': 32, 'blockysize': 16}
def layout(interleave, tiled): return {'interleave': interleave, **(tiles if tiled else {'blockysize': 7})}
def called(*parts): return '-'.join(str(part) for part in parts)

# Types x compressions x predictors x interleaving x blocks x byte order.
for dtype in ['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'uint64', 'int64', 'float16', 'float32', 'float64']:
    data = cast(small, 'float32' if dtype == 'float16' else dtype)
    if dtype == 'float16': data = data.astype('float16').astype('float32')
    bits = {'nbits': 16} if dtype == 'float16' else {}
    for compress in ['none', 'deflate', 'lzw', 'packbits', 'zstd', 'lerc', 'lerc_deflate', 'lerc_zstd']:
        predictors = [1, 2] + ([3] if dtype.startswith('float') else []) if compress in ('deflate', 'lzw', 'zstd') else [1]
        for predictor, (interleave, tiled), endian in itertools.product(predictors, layouts, ['LITTLE', 'BIG']):
            write(called(dtype, compress, f'p{predictor}', interleave, 'tiled' if tiled else 'strips', endian.lower()), data,
                  compress=compress, endianness=endian, **({'predictor': predictor} if predictor > 1 else {}),
                  **bits, **layout(interleave, tiled))

# Packed bits.
for nbits in [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 17, 20, 24, 31]:
    dtype = 'uint8' if nbits < 8 else 'uint16' if nbits < 16 else 'uint32'
    data = (small.astype('float64') / 255 * (2**nbits - 1)).astype(dtype)
    for compress, (interleave, tiled), endian in itertools.product(['none', 'deflate', 'lzw', 'packbits', 'zstd'], layouts, ['LITTLE', 'BIG']):
        write(called(f'{nbits}bits', compress, interleave, 'tiled' if tiled else 'strips', endian.lower()), data,
              compress=compress, nbits=nbits, endianness=endian, **layout(interleave, tiled))
write('grey-1bit', (small[:1] > 127).astype('uint8'), nbits=1)

# Codecs with their own types.
for (interleave, tiled), bands in itertools.product(layouts, [1, 3, 4]):
    data = np.concatenate([small, small[:1]])[:bands]
    place = called(interleave, 'tiled' if tiled else 'strips', bands)
    for photometric in ['minisblack', 'rgb', 'ycbcr']:
        options = {**layout(interleave, tiled), 'blockysize': 16}
        if bands == 4: options['alpha'] = 'NO'
        write(called('jpeg', photometric, place), data, compress='jpeg', jpeg_quality=90, photometric=photometric, tolerance=4, **options)
    for lossless in [True, False]:
        write(called('webp', 'lossless' if lossless else 'lossy', place), data, compress='webp', tolerance=0 if lossless else 2,
              webp_lossless=lossless, webp_level=80, **layout(interleave, tiled))
for fax, tiled in itertools.product(['ccittrle', 'ccittfax3', 'ccittfax4'], [False, True]):
    for photometric in ['minisblack', 'miniswhite']:
        write(called(fax, photometric, 'tiled' if tiled else 'strips'), (small[:1] > 127).astype('uint8'), nbits=1, compress=fax,
              photometric=photometric, expect='inverted' if photometric == 'miniswhite' else None, **layout('pixel', tiled))
write('lzma', small, kind='refused', compress='lzma')
for dtype in ['complex64', 'complex128', 'complex_int16']:
    write(dtype, cast(small[:1], 'complex64') if dtype == 'complex_int16' else cast(small[:1], dtype), kind='refused',
          **({} if dtype != 'complex_int16' else {}))

# Photometric interpretations.
for dtype in ['uint8', 'uint16', 'int16', 'float32']:
    for compress in ['none', 'zstd', 'lzw', 'deflate']:
        write(called('miniswhite', dtype, compress), cast(small[:1], dtype), photometric='miniswhite', compress=compress, expect='inverted')
ramp = {code: (code, 255 - code, code // 2, 255) for code in range(256)}
for photometric, compress, tiled in itertools.product(['palette', 'minisblack'], ['none', 'lzw', 'deflate'], [False, True]):
    write(called('colour-map', photometric, compress, 'tiled' if tiled else 'strips'), small[:1], photometric=photometric,
          compress=compress, cmap=ramp, expect='ramp', **layout('pixel', tiled))
write('colour-map-4bit', small[:1] // 16, nbits=4, photometric='palette', cmap={code: (17 * code, 255 - 17 * code, 0, 255) for code in range(16)}, expect='any')
for compress in ['none', 'deflate']:
    write(called('cmyk', compress), np.concatenate([small, small[:1] // 8]), photometric='cmyk', compress=compress, expect='any')
    write(called('cielab', compress), small, kind='refused', photometric='cielab', compress=compress, expect='any')

# The bands' meaning.
four = np.concatenate([small, 255 - small[:1]])
write('rgb-nir-unspecified', four, photometric='rgb', alpha='NO')
write('nir-as-colour-interpretation', four, ci=[C.blue, C.green, C.red, C.nir], expect='bgr')
write('rgba', np.concatenate([small, np.where(small[:1] > 100, 255, 0).astype('uint8')]), photometric='rgb', alpha='YES')
write('rgba-premultiplied', np.concatenate([small, np.where(small[:1] > 100, 255, 0).astype('uint8')]), photometric='rgb', alpha='PREMULTIPLIED')
write('grey-alpha', np.stack([small[0], np.where(small[0] > 100, 255, 0).astype('uint8')]), ci=[C.gray, C.alpha])
write('rgba-u16', np.concatenate([small, np.where(small[:1] > 100, 255, 0).astype('uint8')]).astype('uint16') * 257, ci=[C.red, C.green, C.blue, C.alpha])
write('eight-bands', np.concatenate([small, small, small])[:8], interleave='band', compress='deflate')
write('bigtiff', small, bigtiff='YES', compress='deflate', **tiles)
write('bigtiff-big-endian', small, bigtiff='YES', endianness='BIG', compress='lzw', predictor=2, **tiles)
write('sparse', np.zeros_like(scene), sparse_ok=True, compress='deflate', **tiles)
write('sparse-nodata', np.full_like(scene, 9), sparse_ok=True, nodata=9, **tiles)

# What was not recorded.
def with_hole(x, value):
    x = x.copy(); x[:, :20, :30] = value; return x
for value in [0, 255, 7]:
    for compress in ['none', 'deflate', 'jpeg']:
        write(called('nodata', value, compress), with_hole(small, value), nodata=value, photometric='rgb', compress=compress, tolerance=3 if compress == 'jpeg' else 0, blockysize=16)
for value in [0, -9999.9, 1e20, -3.4e38, -3.4028234663852886e38, float('nan'), float('inf'), float('-inf')]:
    for dtype in ['float32', 'float64']:
        for compress in ['none', 'deflate', 'lerc']:
            if dtype == 'float64' and compress == 'lerc' and not np.isfinite(value): continue
            write(called('nodata', value, dtype, compress), with_hole(cast(small, dtype), value), nodata=value, compress=compress, expect='missing' if not np.isfinite(value) else None)
for value, dtype in [(65535, 'uint16'), (0, 'uint16'), (-9999, 'int16'), (-32768, 'int16'), (-128, 'int8'), (4294967295, 'uint32'), (-2147483648, 'int32')]:
    write(called('nodata', value, dtype), with_hole(cast(small, dtype), value), nodata=value)
hole = np.full(small.shape[1:], 255, 'uint8'); hole[:20, :30] = 0
for dtype, outer, tiled, interleave in itertools.product(['uint8', 'uint16', 'float32'], [False, True], [False, True], ['pixel', 'band']):
    write(called('mask', dtype, 'outer' if outer else 'inner', 'tiled' if tiled else 'strips', interleave), cast(small, dtype), mask=hole, outer=outer, **layout(interleave, tiled))

# Scenes whose objects are to be found.
left = np.full(scene.shape[1:], 255, 'uint8'); left[:, :scene.shape[2] // 2] = 0
wide = {'tiled': True, 'blockxsize': 256, 'blockysize': 256}
for name, x, options in [
    ('plain', scene, {}), ('tiled-deflate', scene, {**wide, 'compress': 'deflate'}),
    ('planar', scene, {**wide, 'interleave': 'band', 'compress': 'deflate'}), ('lzw-p2-planar', scene, {**wide, 'interleave': 'band', 'compress': 'lzw', 'predictor': 2}),
    ('zstd', scene, {'compress': 'zstd'}), ('webp', scene, {**wide, 'compress': 'webp', 'webp_lossless': True}),
    ('lerc', scene, {'compress': 'lerc'}), ('ycbcr', scene, {**wide, 'compress': 'jpeg', 'photometric': 'ycbcr', 'jpeg_quality': 95}),
    ('big-endian', scene, {'endianness': 'BIG', 'compress': 'deflate', 'predictor': 2}), ('bigtiff', scene, {'bigtiff': 'YES'}),
    ('nodata255', scene, {'nodata': 255, 'photometric': 'rgb'}), ('nodata0', scene, {'nodata': 0, 'photometric': 'rgb'}),
    ('int8', (scene.astype('int16') - 128).astype('int8'), {}), ('rgb-nir', np.concatenate([scene, 255 - scene[:1]]), {'photometric': 'rgb', 'alpha': 'NO'}),
    ('bgr-nir', np.concatenate([scene[::-1], scene[:1]]), {'ci': [C.blue, C.green, C.red, C.nir]}),
    ('masked-nothing', scene, {'mask': np.full(scene.shape[1:], 255, 'uint8')}),
]:
    write(called('scene', name), x, kind='scene', tolerance=12 if name == 'ycbcr' else 0, photometric=options.pop('photometric', 'rgb') if x.shape[0] == 3 else options.pop('photometric', 'minisblack'), **options)
write('half-masked-inner', scene, kind='half', mask=left, photometric='rgb')
write('half-masked-outer', scene, kind='half', mask=left, outer=True, photometric='rgb')
write('half-alpha', np.concatenate([scene, left[None]]), kind='half', photometric='rgb', alpha='YES')
half = scene.astype('float32') / 255; half[:, :, :scene.shape[2] // 2] = np.float32(-9999.9)
write('half-nodata-float', half, kind='half', nodata=-9999.9)

truth.close()
json.dump({'variants': index, 'skipped': skipped, 'gdal': rasterio.__gdal_version__}, open(os.path.join(folder, 'index.json'), 'w'))
