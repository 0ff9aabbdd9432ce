#!/usr/bin/env bash
# find_quirks.sh FOLDER: every quirk of the catalogue must be found by a fuzz target, from an empty
# corpus, within a number of runs. FOLDER holds the targets and khofuzz_dict. Prints a line a quirk.
set -u
bin=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
missed=0
while read -r quirk; do
  found=''
  while read -r target; do
    [[ $target == fuzz_scenario ]] && continue
    if "$bin/$target" "--design=$quirk" -runs=60000 -seed=1 -max_len=4096 \
      -artifact_prefix="$scratch/" >"$scratch/log" 2>&1; then
      continue
    fi
    found="$target: $(sed -n 's/^khofuzz: \(.*\) is broken.*/\1/p' "$scratch/log" | head -n 1)"
    break
  done <"$bin/targets.txt"
  printf '%-32s %s\n' "$quirk" "${found:-NOT FOUND}"
  [[ $found ]] || missed=1
done < <("$bin/khofuzz_dict" --quirks)
exit "$missed"
