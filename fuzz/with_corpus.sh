#!/usr/bin/env bash
# with_corpus.sh replay|fuzz|nothing TARGET [ARGUMENTS...]: the files that the corpora have for a fuzz
# target, through the very program that fuzzes: each once, or as the seeds of a run; or a run from
# nothing. Runs take the options that `khofuzz fuzz` gives to libFuzzer.
set -eu
how=$1
target=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
# Files, not folders: libFuzzer would add what it finds to a folder.
shopt -s nullglob
inputs=("$here"/../corpus/{seeds,regressions}/"${target##*/}"/*.kho)
if [[ $how != nothing ]] && ((${#inputs[@]} == 0)); then
  echo "the corpora have nothing for ${target##*/}"
  exit 1
fi
if [[ $how != replay ]]; then
  options=$("$(dirname "$target")/khofuzz_dict" --arguments)
  # shellcheck disable=SC2086 # words without blanks
  set -- $options "$@"
fi
case $how in
  replay) exec "$target" "$@" "${inputs[@]}" ;;
  fuzz) exec "$target" "$@" "-seed_inputs=$(IFS=, && printf '%s' "${inputs[*]}")" ;;
  nothing) exec "$target" "$@" ;;
esac
