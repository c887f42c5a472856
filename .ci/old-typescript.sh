#!/usr/bin/env bash
# Compiles a program that uses the packed package, and every declaration in it, with the oldest
# TypeScript that is supported and with `skipLibCheck: false`.
#
#   .ci/old-typescript.sh              with 5.2
#   .ci/old-typescript.sh 5.4 5.9      with others
#
# Wants `npm ci` to have been run. The compilers come from npm and stay in node_modules/.cache.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
project=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

npm run --silent build
npm pack --silent --ignore-scripts --pack-destination "$folder" >/dev/null
mkdir -p "$folder/node_modules/@types"
tar -xzf "$folder"/*.tgz -C "$folder/node_modules"
mv "$folder/node_modules/package" "$folder/node_modules/ftpipe"
cp -r node_modules/eventemitter3 "$folder/node_modules/"
ln -s "$project/node_modules/@types/node" "$folder/node_modules/@types/node"
cp __tests__/package/programs/program.ts "$folder/program.cts"
cp __tests__/package/programs/program.ts "$folder/program.mts"
cat >"$folder/tsconfig.json" <<'END'
{
  "compilerOptions": {
    "target": "es2022", "module": "nodenext", "types": ["node"], "strict": true,
    "exactOptionalPropertyTypes": true, "skipLibCheck": false, "noEmit": true
  },
  "files": ["program.cts", "program.mts"],
  "include": ["node_modules/ftpipe/dist/**/*.d.ts"], "exclude": []
}
END

for version in "${@:-5.2}"; do
  compilers=$project/node_modules/.cache/typescript/$version
  if [ ! -f "$compilers/node_modules/typescript/lib/tsc.js" ]; then
    mkdir -p "$compilers"
    npm install --prefix "$compilers" --no-save --no-audit --no-fund --loglevel=error "typescript@$version"
  fi
  tsc=$compilers/node_modules/typescript/lib/tsc.js
  echo "TypeScript $(node "$tsc" --version)"
  node "$tsc" -p "$folder"
done
