# Shared by the scripts of this folder and by ../khofuzz; sourced, not run.
# shellcheck shell=bash disable=SC2034

# Everything said to people goes to standard error: standard output is the program's.
say() { printf 'khofuzz: %s\n' "$*" >&2; }

# die MESSAGE...: bad usage or set-up is exit code 2 everywhere in this project.
die() {
  say "$@"
  exit 2
}

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)

# The folder that holds one build a preset: <builds>/<preset>/ and <builds>/<preset>.log.
builds=${KHOFUZZ_BUILD_DIR:-$root/build}
[[ $builds == /* ]] || builds=$PWD/$builds
