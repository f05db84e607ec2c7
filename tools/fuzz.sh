#!/usr/bin/env bash
# Runs every fuzz target of a build folder: fuzz.sh <build folder> <seconds each>. Inputs that it
# finds are kept in <build folder>/corpus; a crash leaves crash-* there and fails the run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=$1 seconds=$2
shopt -s nullglob
targets=("$build"/fuzz_*)
((${#targets[@]})) || { echo "fuzz: no target in $build" >&2; exit 1; }
for target in "${targets[@]}"; do
  name=${target##*/}
  [[ -f $target && -x $target ]] || continue
  mkdir -p "$build/corpus/$name"
  seeds=(tests/fuzz/corpus/"${name#fuzz_}")
  [[ -d ${seeds[0]} ]] || seeds=()
  echo "== $name, $seconds s"
  "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$build/corpus/" "$build/corpus/$name" "${seeds[@]}" 2>&1 | tail -n 12
done
