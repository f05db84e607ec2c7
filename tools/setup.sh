#!/usr/bin/env bash
# Brings a Debian 12 machine to where Troupe builds, runs and tests. Needs root or sudo only while
# something is missing; with nothing to do it ends in under a second.
#   tools/setup.sh [build|tidy|fuzz|bench]...     default: build
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build_packages=(
  ccache cmake ninja-build g++ pkg-config git clang-format-14
  libavformat-dev libavcodec-dev libavutil-dev libswresample-dev libsoxr-dev libebur128-dev
  librubberband-dev libespeak-ng-dev espeak-ng-data libicu-dev libssl-dev
  nlohmann-json3-dev libcli11-dev libspdlog-dev libexpected-dev
  libgtest-dev libgmock-dev libbenchmark-dev librapidcheck-dev
  ffmpeg asterisk-core-sounds-en-g722 asterisk-core-sounds-fr-g722 asterisk-core-sounds-it-g722
)
tidy_packages=(clang-tidy-14)
fuzz_packages=(clang-14 libclang-rt-14-dev)

die() { echo "setup: $*" >&2; exit 1; }

python_ok() {
  python3 -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# Packages of the list that are not installed, and python and npm where no other way has put them
# there (pyenv, nvm). npm serves one download only, so it is left out once that model is stored.
missing_packages() {
  local installed
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    sed -n 's/^installed //p' || true)
  printf '%s\n' "$@" | grep -vxF -f <(printf '%s\n' "$installed") || true
  python_ok || printf '%s\n' python3 python3-venv python3-pip
  local models=${TROUPE_MODELS:-${XDG_DATA_HOME:-$HOME/.local/share}/troupe/models}
  [[ -d $models/kokoro/voices ]] || command -v npm >/dev/null || echo npm
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  echo "setup: installing ${missing[*]}" >&2
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      die "not root and no sudo; as root run: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  # No update while the lists at hand still serve: it is the slow and fragile half.
  compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null || "${apt[@]}" update </dev/null
  "${apt[@]}" install --no-install-recommends "${missing[@]}" </dev/null >/dev/null || {
    "${apt[@]}" update </dev/null
    "${apt[@]}" install --no-install-recommends "${missing[@]}" </dev/null >/dev/null ||
      die "apt-get could not install ${missing[*]}; see the lines above"
  }
}

# make_venv <folder> <requirements>: made again only when the list or the interpreter changes.
make_venv() {
  local stamp="$1/.made-from" now
  now="$(sha256sum <"$2") $(python3 -c 'import sys; print(sys.version_info[:2])')"
  if [[ -f $stamp && $(<"$stamp") == "$now" ]] && "$1/bin/python" -c '' 2>/dev/null; then
    return 0
  fi
  echo "setup: making $1 from $2" >&2
  python3 -m venv --clear "$1" || die "python3 -m venv $1 failed; install python3-venv"
  "$1/bin/python" -m pip install --quiet --disable-pip-version-check -r "$2" </dev/null ||
    die "pip could not install $2; check the network and run again"
  echo "$now" >"$stamp"
}

command -v apt-get >/dev/null ||
  die "this is not Debian; install the counterparts of: ${build_packages[*]}"
((EUID != 0)) || export PIP_ROOT_USER_ACTION=ignore

for part in "${@:-build}"; do
  case $part in
    build)
      install_packages "${build_packages[@]}"
      make_venv .venv tools/requirements.txt
      ;;
    tidy) install_packages "${tidy_packages[@]}" ;;
    fuzz) install_packages "${fuzz_packages[@]}" ;;
    bench) make_venv .venv-bench bench/requirements.txt ;;
    *) die "unknown part '$part'; one of build tidy fuzz bench" ;;
  esac
done
