#!/usr/bin/env bash
# run_alone.sh KHOFUZZ: the built program finds its checkout and its build by itself: from any folder,
# through a symlink, copied to elsewhere, with nothing in the environment. Exit 0 if all of that is so.
set -u
khofuzz=$1
root=$(cd "$(dirname "$0")/.." && pwd)
unset KHOFUZZ_ROOT KHOFUZZ_BIN_DIR KHOFUZZ_BUILD_DIR
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

mkdir -p "$work/links" "$work/copy/cli" "$work/tree" "$work/elsewhere"
ln -s "$khofuzz" "$work/links/kf"
cp "$khofuzz" "$work/copy/cli/khofuzz"
cd "$work/elsewhere" || fail "no folder to be in"

for program in "$khofuzz" ../links/kf ../copy/cli/khofuzz; do
  # Of an empty folder, the shim says what it lacks; without a shim nothing could.
  said=$("$program" linux build "$work/tree" 2>&1)
  status=$?
  [[ $status == 2 && $said == *'unsupported tree'* ]] ||
    fail "$program: the shim was not found: exit $status, $said"
done
# The canary is a fuzz target of the build.
../links/kf fuzz --target canary --seconds 20 --seed 1 --shrink-seconds 1 --work "$work/found" \
  >"$work/output" 2>&1
status=$?
[[ $status == 1 ]] || fail "fuzz exits $status, expected 1: $(<"$work/output")"
[[ -z $(ls -A .) ]] || fail "it left something where it was started: $(ls -A .)"

cd / || fail "no /"
"$khofuzz" replay "$root/corpus/seeds/fuzz_radix_key" >"$work/output" ||
  fail "replay from another folder exits $?"
