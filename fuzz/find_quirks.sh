#!/usr/bin/env bash
# find_quirks.sh FOLDER: every quirk of the parts must be found by a fuzz target, from the seeds,
# within a number of runs. FOLDER holds the targets and khofuzz_dict. Prints a line a quirk.
set -u
bin=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
options=$("$bin/khofuzz_dict" --arguments)
seeds=$(cd "$(dirname "$0")/../corpus/seeds" && pwd)

# try TARGET QUIRK RUNS: sets found if the target breaks within so many runs.
try() {
  local inputs
  inputs=$(printf '%s,' "$seeds/$1"/*.kho)
  # shellcheck disable=SC2086 # words without blanks
  "$bin/$1" "--design=$2" "-runs=$3" -seed=1 $options "-seed_inputs=${inputs%,}" \
    -artifact_prefix="$scratch/" >"$scratch/log" 2>&1 && return
  found="$1: $(sed -n 's/^khofuzz: \(.*\) is broken.*/\1/p' "$scratch/log" | head -n 1)"
}

missed=0
while read -r quirk; do
  found=''
  # A short look at every target before a long one at any.
  for runs in 4000 40000 200000; do
    while read -r target; do
      [[ $target == fuzz_scenario || $found ]] || try "$target" "$quirk" "$runs"
    done <"$bin/targets.txt"
  done
  printf '%-32s %s\n' "$quirk" "${found:-NOT FOUND}"
  [[ $found ]] || missed=1
done < <("$bin/khofuzz_dict" --quirks)
exit "$missed"
