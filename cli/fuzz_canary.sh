#!/usr/bin/env bash
# fuzz_canary.sh KHOFUZZ: the canary must be found, shrunk to two op lines, told with the command that
# replays it, and break again when that is run. Exit 0 if all of that is so.
set -u
khofuzz=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

"$khofuzz" fuzz --target canary --seconds 30 --seed 1 --shrink-seconds 20 --work "$work" \
  --json "$work/result.json" >"$work/output"
status=$?
cat "$work/output"
[[ $status == 1 ]] || fail "a run that finds something exits $status, expected 1"

files=("$work"/findings/canary.canary.*.kho)
[[ ${#files[@]} == 1 && -f ${files[0]} ]] || fail "expected one finding, there is: ${files[*]}"
ops=$(grep -cvE '^(#|memory|geometry|firmware|$)' "${files[0]}")
[[ $ops == 2 ]] || fail "the finding has $ops op lines, expected 2"
grep -q "khofuzz replay .*${files[0]##*/}" "$work/output" || fail "the replay command was not told"
grep -q '"invariant": *"canary"' "$work/result.json" || fail "the JSON does not name the invariant"

"$khofuzz" replay --target canary "${files[0]}"
status=$?
[[ $status == 1 ]] || fail "the saved finding replays with exit $status, expected 1"
