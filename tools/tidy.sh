#!/usr/bin/env bash
# clang-tidy over our sources: tidy.sh [--all | file.cpp...]; default: .cpp files that differ from
# the branch's upstream (or from the last commit). Needs build/compile_commands.json.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ ${1:-} == --all ]]; then
  mapfile -t files < <(find src -name '*.cpp')
elif (($#)); then
  files=("$@")
else
  base=$(git merge-base HEAD '@{upstream}' 2>/dev/null || git rev-parse HEAD)
  mapfile -t files < <({ git diff --name-only --diff-filter=d "$base" -- 'src/*.cpp'
    git ls-files --others --exclude-standard -- 'src/*.cpp'; } | sort -u)
fi
((${#files[@]})) || { echo "tidy: nothing changed; ALL=1 for everything" >&2; exit 0; }
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy-14 -p build --quiet
echo "tidy: ${#files[@]} files"
