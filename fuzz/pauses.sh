#!/usr/bin/env bash
# pauses.sh TARGET: a target that is asked to pause (SIGTSTP) waits until it may go on (SIGCONT), and
# no input is taken for one that hangs because of it.
set -eu
scratch=$(mktemp -d)
"$1" --turns -seed=1 -timeout=2 -artifact_prefix="$scratch/" >"$scratch/log" 2>&1 &
child=$!
trap 'kill -KILL "$child" 2>/dev/null || true; rm -rf "$scratch"' EXIT

# Clock ticks of the processor.
spent() { awk '{ print $14 + $15 }' "/proc/$child/stat"; }
fail() {
  echo "$1"
  tail -n 20 "$scratch/log"
  exit 1
}
# Once it mutates, it listens.
until grep -q NEW "$scratch/log"; do
  kill -0 "$child" || fail 'it has ended early'
  sleep 0.1
done
for _ in 1 2; do
  kill -TSTP "$child"
  sleep 1
  paused=$(spent)
  sleep 5
  (($(spent) <= paused + 1)) || fail 'it does not pause'
  kill -CONT "$child"
  sleep 2
  (($(spent) > paused + 1)) || fail 'it does not go on'
done
# Paused, too, it ends when asked to.
kill -TSTP "$child"
sleep 1
kill -INT "$child"
sleep 2
if kill -0 "$child" 2>/dev/null; then fail 'it does not end'; fi
