#!/usr/bin/env bash
# with_corpus.sh replay|fuzz TARGET [ARGUMENTS...]: the files that the corpora have for a fuzz target,
# through the very program that fuzzes: each once, or as the seeds of a run.
set -eu
how=$1
target=$2
shift 2
corpus=$(cd "$(dirname "$0")/../corpus" && pwd)
# Files, not folders: libFuzzer would add what it finds to a folder.
shopt -s nullglob
inputs=("$corpus"/{seeds,regressions}/"${target##*/}"/*.kho)
if ((${#inputs[@]} == 0)); then
  echo "the corpora have nothing for ${target##*/}"
  exit 1
fi
case $how in
  replay) exec "$target" "$@" "${inputs[@]}" ;;
  fuzz) exec "$target" "$@" "-seed_inputs=$(IFS=, && printf '%s' "${inputs[*]}")" ;;
esac
