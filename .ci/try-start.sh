#!/usr/bin/env bash
# Runs `npm start`, waits until it is ready, classifies an image over HTTP and stops it, as a first-time user would.
set -euo pipefail
cd "$(dirname "$0")/.."

port=38917
url="http://127.0.0.1:$port"
log="$(mktemp)"
rm -f output/munich-avenue-attention.png output/munich-avenue-detections.geojson

PORT=$port setsid npm start >"$log" 2>&1 &
server=$!
stop() {
  kill -TERM -- "-$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  cat "$log"
  rm -f "$log"
}
trap stop EXIT

for _ in $(seq 240); do
  curl -sf "$url/readyz" >/dev/null && break
  kill -0 "$server" || exit 1
  sleep 1
done
curl -sf "$url/readyz"

grep -qE '^Label +[^ ]' "$log"
grep -qF "Listening on $url" "$log"
grep -qE '^  car +[1-9]' "$log"
test -s output/munich-avenue-attention.png
test -s output/munich-avenue-detections.png
grep -q '"label":"car"' output/munich-avenue-detections.geojson
curl -sf "$url/" | grep -q '<title>Vision Longformer</title>'
answer="$(curl -sf --data-binary @examples/munich-avenue.jpg -H 'Content-Type: image/jpeg' "$url/v1/classify?top_k=3")"
echo "$answer"
node -e '
  const { predictions, image } = JSON.parse(process.argv[1]);
  if (predictions.length !== 3 || image.width !== 1764 || image.height !== 430) process.exit(1);
' "$answer"
