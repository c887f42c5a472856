#!/usr/bin/env bash
# Runs the main jobs, in clear and over TLS, on Bun and Deno with the built package. The server runs
# on Node.
#
#   .ci/other-runtimes.sh
#
# Wants `npm ci` to have been run. The runtimes come from npm and stay in node_modules/.cache. A
# runtime that cannot be installed or started is skipped, and says so; a job that fails on one that
# starts is a failure.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
folder=$PWD/node_modules/.cache/runtimes
mkdir -p "$folder"
npm run --silent build || exit 1
[ -d "$folder/node_modules/@deno" ] || npm install --prefix "$folder" --no-save --no-audit --no-fund \
  --loglevel=error bun@1 deno@2 || echo 'SKIPPED: Bun and Deno could not be installed'

failed=0
run() { # name, program, arguments
  local name=$1 program
  program=$(find "$folder/node_modules/$2" -type f -name "$3" -size +1M 2>/dev/null | head -n 1)
  [ -z "$program" ] || chmod +x "$program"
  shift 3
  if [ -z "$program" ] || ! "$program" --version >/dev/null 2>&1; then
    echo "SKIPPED: no $name here"
    return
  fi
  echo "=== $name $("$program" --version | head -n 1)"
  node .ci/other-runtimes.js "$program" "$@" || failed=1
}
run Bun bun bun.exe
run Deno @deno deno run --allow-all --no-prompt --node-modules-dir=manual
exit "$failed"
