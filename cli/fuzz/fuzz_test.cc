// The whole command, with shell scripts in the place of libFuzzer programs.
#include "cli/fuzz/fuzz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/fuzz/finding.h"
#include "cli/fuzz/work_dir.h"
#include "system/contained.h"
#include "system/files.h"
#include "system/process.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

// $prefix: where artifacts go; $last: the last argument, a file to replay or the corpus folder.
constexpr char kReadArguments[] = R"(#!/bin/sh
for a; do case $a in -artifact_prefix=*) prefix=${a#*=};; -*) ;; *) last=$a;; esac; done
status() { printf '#10\tNEW    cov: 5 ft: 6 corp: 2/3b exec/s: 7 rss: 8Mb\n'; }
save() { cat >"${prefix}crash-$1"; echo "; Test unit written to ${prefix}crash-$1"; }
)";

// Dies of any input that unpreserves; finds one such at once.
constexpr char kCrashes[] = R"(
die() { echo '==1==ERROR: AddressSanitizer: SEGV on unknown address 0x10 (pc 0x1)'
        echo '    #0 0x1 in khofuzz::Walk(int) /src/walk.cc:1'; }
if [ -f "$last" ]; then grep -q unpreserve "$last" || exit 0; die; exit 77; fi
status; die
printf 'memory base=0 size=64M\npreserve_pages pfn=7 nr=3\nunpreserve index=4\n' | save 1
exit 77
)";

// Finds what makes the canary sing.
constexpr char kSings[] = R"(
sing() { printf 'khofuzz: canary is broken after op line 3\n13 pages\n---\n'; }
if [ -f "$last" ]; then grep -q nr=13 "$last" || exit 0; sing; exit 77; fi
status; sing
printf 'nodes_from pfn=9\npreserve_pages pfn=100 nr=13\nunpreserve index=6\n' | save 2
exit 77
)";

// Finds nothing until it is asked to end.
constexpr char kFindsNothing[] = R"(
trap 'echo stat::number_of_executed_units: 30; exit 72' INT
status; while :; do sleep 0.05; done
)";

class FuzzTest : public testing::Test {
 protected:
  void Program(const std::string& target, const std::string& script) {
    const fs::path path = temp_ / "fuzz" / target;
    ASSERT_TRUE(WriteFileAtomically(path, kReadArguments + script).ok());
    fs::permissions(path, fs::perms::owner_all);
  }

  FuzzOptions Options(const std::string& target) const {
    return {.targets = {target},
            .seconds = 10,
            .jobs = 1,
            .seed = 1,
            .work_dir = temp_ / "work",
            .json = temp_ / "result.json",
            .shrink_seconds = 20,
            .bin_dir = temp_ / "",
            .root = temp_ / "root"};
  }

  nlohmann::json Result() const {
    return nlohmann::json::parse(InputBytes(temp_ / "result.json"), nullptr, false);
  }

  TempFolder temp_;
};

TEST_F(FuzzTest, ACrashIsShrunkByRunningTheProgramAndReportedOnce) {
  Program("fuzz_extend", kCrashes);
  EXPECT_EQ(RunFuzz(Options("fuzz_extend")), 1);
  const auto result = Result();
  ASSERT_EQ(result["findings"].size(), 1u) << result;
  const auto& finding = result["findings"][0];
  EXPECT_EQ(finding["invariant"], "crash");
  EXPECT_EQ(finding["what"], "AddressSanitizer: SEGV in khofuzz::Walk");
  EXPECT_EQ(finding["scenario"], "unpreserve index=0\n");
  EXPECT_EQ(finding["ops"], 1);
  EXPECT_EQ(finding["times"], 6) << "given up only once nothing new comes";
  EXPECT_EQ(result["targets"][0]["execs"], 60);
  EXPECT_EQ(result["targets"][0]["restarts"], 5);
}

TEST_F(FuzzTest, ABrokenInvariantIsShrunkInAProcessOfOurs) {
  Program("canary", kSings);
  EXPECT_EQ(RunFuzz(Options("canary")), 1);
  const auto result = Result();
  ASSERT_EQ(result["findings"].size(), 1u) << result;
  EXPECT_EQ(result["findings"][0]["scenario"], "preserve_pages pfn=0 nr=13\nunpreserve index=0\n");
  const std::string file = result["findings"][0]["file"];
  EXPECT_EQ(ParseFinding(InputBytes(file))->verdict.invariant, "canary");
}

TEST_F(FuzzTest, TheTimeIsKeptAndNothingFoundIsFine) {
  Program("fuzz_extend", kFindsNothing);
  Program("fuzz_memblock", kFindsNothing);
  FuzzOptions options = Options("fuzz_extend");
  options.targets.push_back("memblock");
  options.seconds = 1;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(RunFuzz(options), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(9));
  EXPECT_EQ(Result()["targets"][1]["execs"], 30) << "the last figures come when it ends";
}

// Counts to a file beside the artifacts while it is not paused; it is new to itself all the time.
constexpr char kCounts[] = R"(
trap 'echo stat::number_of_executed_units: 30; exit 72' INT
status; n=6
while :; do
  n=$((n + 1)); printf '#%s\tNEW    cov: 5 ft: %s corp: 2/3b exec/s: 7 rss: 8Mb\n' $n $n
  date +%s%N >>"${prefix}times"; sleep 0.01
done
)";

TEST_F(FuzzTest, TargetsTakeTurnsAndGoOnWhereTheyWere) {
  const std::vector<std::string> names = {"fuzz_extend", "fuzz_memblock", "fuzz_boot"};
  for (const std::string& name : names) Program(name, kCounts);
  FuzzOptions options = Options("fuzz_extend");
  options.targets = names;
  options.seconds = 3;
  EXPECT_EQ(RunFuzz(options), 0);
  std::vector<std::pair<int64_t, size_t>> times;
  for (size_t i = 0; i < names.size(); ++i) {
    std::istringstream lines(InputBytes(temp_ / "work/artifacts" / names[i] / "times"));
    for (int64_t at = 0; lines >> at;) times.emplace_back(at, i);
    EXPECT_EQ(Result()["targets"][i]["restarts"], 0);
    EXPECT_GT(Result()["targets"][i]["seconds"], 0.1);
    EXPECT_LT(Result()["targets"][i]["seconds"], 2.9);
  }
  std::ranges::sort(times);
  size_t changes = 0;
  for (size_t i = 1; i < times.size(); ++i) changes += times[i].second != times[i - 1].second;
  EXPECT_GE(changes, 3u) << "not one after the other";
  EXPECT_LT(changes, times.size() / 2) << "they do not run at once";
}

TEST_F(FuzzTest, WhatAnEarlierRunLeftIsLookedAtFirst) {
  Program("fuzz_extend", kFindsNothing + std::string());
  const fs::path artifacts = temp_ / "work/artifacts/fuzz_extend";
  ASSERT_TRUE(WriteFileAtomically(artifacts / "crash-5", "unpreserve index=0\n").ok());
  ASSERT_TRUE(WriteFileAtomically(artifacts / "crash-6", "extend\n").ok());
  // Replays as kCrashes does, finds nothing itself.
  std::string script = kCrashes;
  script = script.substr(0, script.find("status; die")) + kFindsNothing;
  Program("fuzz_extend", script);
  FuzzOptions options = Options("fuzz_extend");
  options.seconds = 2;
  EXPECT_EQ(RunFuzz(options), 1);
  EXPECT_EQ(Result()["findings"].size(), 1u);
  EXPECT_TRUE(fs::exists(artifacts / "reported" / "crash-5"));
  EXPECT_TRUE(fs::exists(artifacts / "reported" / "crash-6")) << "it fails no more";
  EXPECT_EQ(RunFuzz(options), 0) << "reported is reported";
}

TEST_F(FuzzTest, AnInterruptEndsItSoonAndWhatWasFoundIsReported) {
  Program("fuzz_extend", kFindsNothing);
  FuzzOptions options = Options("fuzz_extend");
  options.seconds = 100;
  auto search = Process::Fork([&options] { return RunFuzz(options); });
  ASSERT_TRUE(search.ok());
  while (search->output().find("work folder") == std::string::npos) search->TakeLines();
  const auto begin = std::chrono::steady_clock::now();
  search->Signal(SIGTERM);
  while (!search->End().has_value()) search->TakeLines();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  EXPECT_EQ(search->End()->exit_code, 128 + SIGTERM);
  EXPECT_EQ(Result()["interrupted"], true);
}

// As libFuzzer does with a seed that fails: it stops there. Else it searches until it is asked to
// end.
constexpr char kTriesSeeds[] = R"(
sing() { printf 'khofuzz: canary is broken after op line 2\n13 pages\n---\n'; }
if [ -f "$last" ]; then grep -q nr=13 "$last" || exit 0; sing; exit 77; fi
for a; do case $a in -seed_inputs=@*) list=${a#*@};; esac; done
for seed in $(tr , ' ' <"$list"); do
  grep -q nr=13 "$seed" || continue
  sing; save 3 <"$seed"; exit 77
done
)";

TEST_F(FuzzTest, SeedsThatFailAreToldAndTheSearchGoesOnWithoutThem) {
  Program("canary", std::string(kTriesSeeds) + kFindsNothing);
  for (int i = 0; i < 30; ++i) {
    const std::string more(static_cast<size_t>(i), '#');
    ASSERT_TRUE(WriteFileAtomically(
                    temp_ / "root/corpus/seeds/canary" / absl::StrCat(i, ".kho"),
                    absl::StrCat("preserve_pages pfn=0 nr=13\nunpreserve index=0\n", more, "\n"))
                    .ok());
  }
  ASSERT_TRUE(WriteFileAtomically(temp_ / "root/corpus/seeds/canary/well.kho", "extend\n").ok());
  FuzzOptions options = Options("canary");
  options.seconds = 10;
  EXPECT_EQ(RunFuzz(options), 1);
  const auto result = Result();
  EXPECT_EQ(result["findings"].size(), 1u) << result;
  EXPECT_EQ(result["targets"][0]["reached"], "search");
  EXPECT_EQ(result["targets"][0]["restarts"], 1) << "not one for each of them";
}

// Its first execution does not end; libFuzzer notices by itself only after -timeout.
constexpr char kHangs[] = R"(
hang() { echo '==1== ERROR: libFuzzer: timeout after 3 seconds'; }
[ -f "$last" ] && { hang; exit 70; }
sleep 2; hang; : | save 4; exit 70
)";

TEST_F(FuzzTest, WhatHangsInItsFirstExecutionIsAFindingHoweverLittleTimeThereIs) {
  Program("fuzz_extend", kHangs);
  FuzzOptions options = Options("fuzz_extend");
  options.seconds = 1;
  EXPECT_EQ(RunFuzz(options), 1);
  const auto result = Result();
  ASSERT_EQ(result["findings"].size(), 1u) << result;
  EXPECT_EQ(result["findings"][0]["invariant"], "hang");
}

TEST_F(FuzzTest, ATargetThatGotNoFurtherThanItsSeedsSaysSo) {
  Program("fuzz_extend", R"(
trap 'echo stat::number_of_executed_units: 5; exit 72' INT
while :; do sleep 0.05; done
)");
  FuzzOptions options = Options("fuzz_extend");
  options.seconds = 1;
  EXPECT_EQ(RunFuzz(options), 0);
  EXPECT_EQ(Result()["targets"][0]["reached"], "seeds");
}

TEST_F(FuzzTest, WhatCannotBeWrittenIsNoSuccess) {
  Program("fuzz_extend", kFindsNothing);
  FuzzOptions options = Options("fuzz_extend");
  options.seconds = 0.5;
  options.json = "/dev/full";
  EXPECT_EQ(RunFuzz(options), 2);
  // As a disk that is full.
  const auto full = RunContained(
      [&] {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit = {1024, 1024};
        setrlimit(RLIMIT_FSIZE, &limit);
        options.json.clear();
        return std::to_string(RunFuzz(options));
      },
      {.seconds = 60});
  ASSERT_TRUE(full.ok());
  EXPECT_EQ(full->result, "2");
}

TEST_F(FuzzTest, AProgramThatIsNoFuzzerOrDiesWithoutAnInputIsTrouble) {
  Program("fuzz_extend", "exit 0");
  EXPECT_EQ(RunFuzz(Options("fuzz_extend")), 2);
  Program("fuzz_extend", "echo no corpus; exit 1");
  EXPECT_EQ(RunFuzz(Options("fuzz_extend")), 2);
}

TEST_F(FuzzTest, BadUsageStartsNothing) {
  Program("fuzz_extend", kFindsNothing);
  FuzzOptions options = Options("fuzz_extent");
  EXPECT_EQ(RunFuzz(options), 2);
  options = Options("fuzz_memblock");
  EXPECT_EQ(RunFuzz(options), 2) << "there is no such program";
  options = Options("fuzz_extend");
  options.on.design = "extent";
  EXPECT_EQ(RunFuzz(options), 2);
  options = Options("fuzz_extend");
  options.on.known = "linux-7.3";
  EXPECT_EQ(RunFuzz(options), 2) << "there is no tree to be known";
  options = Options("fuzz_extend");
  options.seconds = 1e300;
  EXPECT_EQ(RunFuzz(options), 2);
  options = Options("fuzz_extend");
  options.seconds = 0;
  EXPECT_EQ(RunFuzz(options), 2);
  EXPECT_FALSE(fs::exists(temp_ / "work"));
}

// Merges as libFuzzer does: adds to the first folder.
constexpr char kMerges[] = R"(
case " $* " in *' -merge=1 '*)
  for a; do case $a in -*) ;; *) [ "$first" ] || first=$a;; esac; done
  printf 'extend   # new\nnonsense\n' >"$first/0123456789abcdef"; exit 0;;
esac
)";

TEST_F(FuzzTest, MergeAddsCanonicalTextsAndTouchesNothingElse) {
  Program("fuzz_extend", std::string(kMerges) + kFindsNothing);
  const fs::path seeds = temp_ / "root/corpus/seeds/fuzz_extend";
  ASSERT_TRUE(WriteFileAtomically(seeds / "mine.kho", "# by hand\nextend\n").ok());
  FuzzOptions options = Options("fuzz_extend");
  options.seconds = 0.5;
  EXPECT_EQ(RunFuzz(options), 0);
  EXPECT_THAT(FilesIn(seeds), testing::SizeIs(1)) << "only when asked";
  options.merge = true;
  EXPECT_EQ(RunFuzz(options), 0);
  EXPECT_EQ(InputBytes(seeds / "mine.kho"), "# by hand\nextend\n");
  EXPECT_EQ(InputBytes(seeds / "0123456789ab.kho"), "extend\n");
  EXPECT_EQ(RunFuzz(options), 0);
  EXPECT_THAT(FilesIn(seeds), testing::SizeIs(2));
}

}  // namespace
}  // namespace khofuzz
