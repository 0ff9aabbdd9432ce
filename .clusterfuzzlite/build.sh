#!/bin/bash -eu
# Builds the fuzz targets into $OUT, each with its seed corpus, dictionary and options.
#
# ClusterFuzzLite gives, in the environment: CC, CXX, CFLAGS and CXXFLAGS with the sanitizer in
# them, LIB_FUZZING_ENGINE to link with, SRC, WORK and OUT. Nothing here adds to those flags, for
# address, undefined and coverage builds differ in nothing else; what the engine counts is narrowed to
# the code under test (cmake/Khofuzz.cmake). tools/check-clusterfuzzlite runs this script without Docker.
#
# With KHOFUZZ_LINUX_DIR, a Linux tree, there are targets for that tree beside those for the model:
# fuzz_boot_linux and so on. They have the tree in them, and know it for the design that is measured
# here.

source_dir=$SRC/khofuzz
build_dir=$WORK/khofuzz

linux=()
if [ -n "${KHOFUZZ_LINUX_DIR-}" ]; then
  linux=(-DKHOFUZZ_LINUX_DIR="$KHOFUZZ_LINUX_DIR"
    -DKHOFUZZ_JSON_SOURCE_DIR="${KHOFUZZ_JSON_SOURCE_DIR-$SRC/json}")
fi

# A build type that CMake has no flags for. Properties are left out: RapidCheck is not built here.
cmake -G Ninja -S "$source_dir" -B "$build_dir" \
  -DCMAKE_BUILD_TYPE=ClusterFuzzLite \
  -DCMAKE_C_COMPILER="$CC" \
  -DCMAKE_CXX_COMPILER="$CXX" \
  -DKHOFUZZ_FUZZING_ENGINE="$LIB_FUZZING_ENGINE" \
  -DKHOFUZZ_ABSL_SOURCE_DIR="${KHOFUZZ_ABSL_SOURCE_DIR-$SRC/abseil-cpp}" \
  -DKHOFUZZ_LIBFDT_SOURCE_DIR="${KHOFUZZ_LIBFDT_SOURCE_DIR-$SRC/dtc/libfdt}" \
  "${linux[@]}" \
  -DKHOFUZZ_UNITY=ALL \
  -DKHOFUZZ_TESTS=OFF \
  -DKHOFUZZ_CLI=OFF \
  -DKHOFUZZ_BENCH=OFF \
  -DKHOFUZZ_WERROR=OFF
ninja -C "$build_dir" fuzz/all

while read -r target; do
  install -m 755 "$build_dir/fuzz/$target" "$OUT/$target"

  # What a target of a tree plays is what the model's target plays.
  model=${target%_linux}

  # Seeds and regressions may share names; the archive is flat.
  seeds=$WORK/seeds/$target
  rm -rf "$seeds"
  mkdir -p "$seeds"
  for kind in seeds regressions; do
    for file in "$source_dir/corpus/$kind/$model"/*; do
      if [ -f "$file" ]; then
        cp "$file" "$seeds/$kind-$(basename "$file")"
      fi
    done
  done
  rm -f "$OUT/${target}_seed_corpus.zip"
  (cd "$seeds" && find . -type f | LC_ALL=C sort | zip -X -q -@ "$OUT/${target}_seed_corpus.zip")

  # LeakSanitizer cannot work where a container may not trace; this program is no target.
  ASAN_OPTIONS=detect_leaks=0 "$build_dir/fuzz/khofuzz_dict" "$model" </dev/null >"$OUT/$target.dict"

  if [ -f "$source_dir/fuzz/$target.options" ]; then
    install -m 644 "$source_dir/fuzz/$target.options" "$OUT/$target.options"
  else
    {
      printf '[libfuzzer]\ndict = %s.dict\n' "$target"
      ASAN_OPTIONS=detect_leaks=0 "$build_dir/fuzz/khofuzz_dict" --options </dev/null
    } >"$OUT/$target.options"
  fi
done <"$build_dir/fuzz/targets.txt"
