#!/usr/bin/env bash
# Checks that our C++ is formatted: check_format.sh [file]..., default every .cpp and .hpp.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if (($# == 0)); then
  mapfile -t files < <(find src include tests bench -name '*.[ch]pp')
  set -- "${files[@]}"
fi
command -v clang-format-14 >/dev/null || {
  echo "check_format: clang-format-14 is missing; run: tools/setup.sh" >&2
  exit 1
}
clang-format-14 --dry-run -Werror "$@" || {
  echo "check_format: run: make format" >&2
  exit 1
}
echo "check_format: $# files"
