#!/usr/bin/env bash
# @cornerstonejs/codec-openjpeg 1.3.6: an image of 64 x 64 pixels, coded by the package's own encoder with three
# decompositions, decoded one level down.
#
# Behaviour: decodeSubResolution(1, 0) decodes 32 x 32 pixels, and getDecodedBuffer() has 1,024 bytes; getFrameInfo() still
# says 64 x 64. Who reads the buffer by that size reads beyond its end. The size has to be worked out: each side halved,
# rounded up, once a level.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --ignore-scripts --no-audit --no-fund @cornerstonejs/codec-openjpeg@1.3.6

cat >reduced.cjs <<'JS'
const assert = require('node:assert/strict');
const openCodec = require('@cornerstonejs/codec-openjpeg');

(async () => {
  const codec = await openCodec({ print: () => undefined });
  const frame = { width: 64, height: 64, bitsPerSample: 8, componentCount: 1, isSigned: false, isUsingColorTransform: false };
  const encoder = new codec.J2KEncoder();
  encoder.getDecodedBuffer(frame).set(Uint8Array.from({ length: 64 * 64 }, (_, index) => (7 * index) % 256));
  encoder.setQuality(true, 0);
  encoder.setDecompositions(3);
  encoder.encode();
  const coded = Uint8Array.from(encoder.getEncodedBuffer());
  const decoder = new codec.J2KDecoder();
  decoder.getEncodedBuffer(coded.length).set(coded);
  decoder.decodeSubResolution(1, 0);
  const { width, height } = decoder.getFrameInfo();
  const bytes = decoder.getDecodedBuffer().length;
  console.log(`says ${width} x ${height}, has ${bytes} bytes`);
  assert.deepEqual([width, height, bytes], [64, 64, 32 * 32]);
})();
JS
node reduced.cjs
