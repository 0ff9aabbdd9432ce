#!/usr/bin/env bash
# build.sh: how ./khofuzz and tools/build behave, tried on a checkout of a few lines: what they say,
# what they build for which command, and for whom they wait. Exit 0 if all is as it should be.
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset KHOFUZZ_BUILD_DIR KHOFUZZ_ROOT KHOFUZZ_BIN_DIR
export KHOFUZZ_NO_INSTALL=1
fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

# Its program says what it was given; every target counts in a file how often it was built.
root=$work/checkout
mkdir -p "$root"/tools "$root"/{cli,fuzz,bench}
cp "$here/khofuzz" "$root"
cp "$here"/tools/{build,common.sh,install-packages} "$root/tools"
cat >"$root/CMakePresets.json" <<'PRESETS'
{
  "version": 6,
  "configurePresets": [{ "name": "release", "generator": "Ninja" }],
  "buildPresets": [
    { "name": "release", "configurePreset": "release" }
  ]
}
PRESETS
cat >"$root/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(khofuzz LANGUAGES NONE)
add_subdirectory(cli)
add_subdirectory(fuzz)
add_subdirectory(bench)
CMAKE
for target in cli/khofuzz fuzz/target bench/khofuzz_bench; do
  name=${target#*/}
  cat >"$root/$target.sh" <<'PROGRAM'
#!/bin/sh
echo "program: $*"
PROGRAM
  cat >"$root/${target%/*}/CMakeLists.txt" <<CMAKE
add_custom_command(OUTPUT $name
  COMMAND echo $name >>$root/built && cp \${CMAKE_CURRENT_SOURCE_DIR}/$name.sh $name && chmod +x $name
  DEPENDS $name.sh)
add_custom_target(${name}_all ALL DEPENDS $name)
CMAKE
done

# khofuzz ARGUMENTS...: sets said (both streams) and built (the targets, in order of the alphabet).
khofuzz() {
  : >"$root/built"
  said=$(timeout 60 "${command:-$root/khofuzz}" "$@" 2>&1) || fail "$*: exit $?: $said"
  built=$(sort "$root/built" | paste -sd ' ')
}

# expect_built TARGETS COMMAND...
expect_built() {
  local expected=$1
  shift
  khofuzz "$@"
  [[ $built == "$expected" ]] || fail "$*: it built '$built', expected '$expected'"
}

# expect_silence COMMAND...: the program is all that is heard.
expect_silence() {
  khofuzz "$@"
  [[ $said == "program: $*" ]] || fail "$*: expected nothing but the program, heard: $said"
  [[ -z $built ]] || fail "$*: it built $built"
}

later() {
  # Of the same second, two files are of the same age to nobody; of the same tick, they may be.
  sleep 0.05
  touch "$1"
}

expect_built khofuzz replay FILE
[[ $said == *'configuring release'*'building release'*'program: replay FILE' ]] ||
  fail "a first build does not say what it does: $said"
for run in replay explain shrink judge inspect linux; do
  expect_silence "$run" 'an argument'
done
expect_built target fuzz
expect_silence fuzz
expect_built khofuzz_bench bench
expect_silence bench

# From any folder, and through a symlink.
mkdir "$work/bin" "$work/elsewhere"
ln -s "$root/khofuzz" "$work/bin/kf"
cd "$work/elsewhere" || fail "no folder to be in"
command=../bin/kf expect_silence replay FILE
[[ -z $(ls -A .) ]] || fail "it left something where it was started: $(ls -A .)"

# What has changed is built, and no more.
later "$root/cli/khofuzz.sh"
later "$root/fuzz/target.sh"
expect_built khofuzz replay
expect_built target fuzz
later "$root/cli/CMakeLists.txt"
khofuzz replay
[[ $said == *'building release'* ]] || fail "a CMakeLists.txt that has changed is not seen"
expect_silence replay

# While another build runs, nobody waits for it whose program is up to date.
exec 8>"$root/build/.release.lock"
flock 8
later "$root/fuzz/target.sh"
expect_silence replay
# Who must wait says so, and goes on as soon as that other build got to what he wants.
: >"$root/built"
timeout 60 "$root/khofuzz" fuzz 8>&- >"$work/waiting" 2>&1 &
for ((i = 0; i < 100; i++)); do
  grep -qs waiting "$work/waiting" && break
  sleep 0.1
done
[[ $(<"$work/waiting") == *'waiting for another build of release' ]] ||
  fail "it should wait and say so: $(<"$work/waiting")"
ninja -C "$root/build/release" fuzz/target >/dev/null || fail "the other build failed"
wait $! || fail "who waited exits $?"
[[ $(<"$work/waiting") == *'program: fuzz' ]] || fail "who waited heard: $(<"$work/waiting")"
[[ $(<"$root/built") == target ]] || fail "it was built by both"
exec 8>&-

# What cannot be built is told.
echo 'message(FATAL_ERROR "no luck today")' >"$root/cli/CMakeLists.txt"
said=$("$root/khofuzz" replay 2>&1)
status=$?
[[ $status == 2 && $said == *'no luck today'* ]] || fail "a failed build: exit $status: $said"
