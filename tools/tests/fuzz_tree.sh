#!/usr/bin/env bash
# fuzz_tree.sh: what tools/fuzz-tree makes of what khofuzz says of a tree, and what tools/clone-linux
# takes of a repository. khofuzz is a script here that does as it is told. Exit 0 if all is well.
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset GITHUB_STEP_SUMMARY
fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

mkdir -p "$work/tools" "$work/tree" "$work/base"
cp "$here"/tools/{fuzz-tree,common.sh} "$work/tools"
cat >"$work/khofuzz" <<'PROGRAM'
#!/usr/bin/env bash
printf '%s\n' "$*" >>"$CALLS"
case "$1 ${2-}" in
  'linux check') echo 'this tree is intended'; code=${CHECK:-0} ;;
  'linux diff') echo 'the same'; code=${DIFF:-0} ;;
  'fuzz --linux')
    echo 'nothing found'
    code=${FUZZ:-0}
    if ((code == 1)); then
      mkdir -p "$OUT/found/findings"
      echo boot >"$OUT/found/findings/fuzz_boot.undo.1.kho"
    fi
    ;;
  report*)
    mkdir -p "$OUT/reports"
    echo '# Subject: a finding' >"$OUT/reports/fuzz_boot.undo.1.md"
    exit 1
    ;;
esac
((code != 2)) || echo 'the tree does not compile in the harness' >&2
exit "$code"
PROGRAM
chmod +x "$work/khofuzz"
export CALLS=$work/calls OUT=$work/out

# expect CODE HEADING ARGUMENTS...
expect() {
  local code=$1 heading=$2 got
  shift 2
  rm -rf "$OUT" "$CALLS"
  "$work/tools/fuzz-tree" --seconds 9 --out "$OUT" "$@" "$work/tree" >"$work/said" 2>&1
  got=$?
  ((got == code)) || fail "exit code $got, expected $code: $(<"$work/said")"
  grep -q "^# KHO in tree: $heading" "$OUT/summary.md" || fail "no '$heading': $(<"$OUT/summary.md")"
}

expect 0 'nothing new'
grep -q -- "linux check $work/tree --seconds 3" "$CALLS" || fail "not checked for a third: $(<"$CALLS")"
! grep -q 'linux diff' "$CALLS" || fail 'compared with nothing'
expect 0 'nothing new' --base "$work/base"
grep -q "linux diff $work/base $work/tree" "$CALLS" || fail "not compared: $(<"$CALLS")"
grep -q "linux check $work/tree --base $work/base" "$CALLS" || fail "the tree is judged, not the series"
FUZZ=1 expect 1 'NEW FINDINGS'
grep -q 'Subject: a finding' "$OUT/summary.md" || fail 'the report is not in the summary'
DIFF=1 expect 1 'NEW FINDINGS' --base "$work/base"
CHECK=2 expect 2 'NOT TESTED'
grep -q 'does not compile' "$OUT/summary.md" || fail 'the summary does not say why'
CHECK=2 FUZZ=1 expect 2 'NOT TESTED'
GITHUB_STEP_SUMMARY=$work/step expect 0 'nothing new'
cmp -s "$work/step" "$OUT/summary.md" || fail "the run's summary is another"
for wrong in '--seconds 0' '--base /nowhere' '--what' '' "$work/tree $work/base"; do
  # shellcheck disable=SC2086
  "$work/tools/fuzz-tree" $wrong >/dev/null 2>&1
  (($? == 2)) || fail "fuzz-tree $wrong is not refused"
done

# A repository with all that is wanted and more.
command -v git >/dev/null || { echo 'git is not there: clone-linux is not tried'; exit 0; }
mkdir -p "$work/linux"
cd "$work/linux" || exit 1
for path in Makefile kernel/liveupdate/kexec_handover.c kernel/sched/core.c mm/memblock.c \
  include/linux/mm.h drivers/a.c lib/test_kho.c; do
  mkdir -p "$(dirname "$path")"
  echo "$path" >"$path"
done
{
  git init -q -b master . && git config uploadpack.allowFilter true && git add . &&
    git -c user.name=a -c user.email=a@example.org commit -q -m all && git tag v7.3
} || fail 'no repository could be made'
"$here/tools/clone-linux" "file://$work/linux" v7.3 "$work/clone" >"$work/said" 2>&1 ||
  fail "clone-linux: $(<"$work/said")"
for path in Makefile kernel/liveupdate/kexec_handover.c mm/memblock.c include/linux/mm.h lib/test_kho.c; do
  [[ -f $work/clone/$path ]] || fail "$path was not taken"
done
[[ ! -e $work/clone/drivers && ! -e $work/clone/kernel/sched ]] || fail 'too much was taken'
"$here/tools/clone-linux" only-one >/dev/null 2>&1
(($? == 2)) || fail 'clone-linux does not say how it is used'
echo 'all is well'
