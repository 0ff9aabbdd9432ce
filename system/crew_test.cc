#include "system/crew.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"

namespace khofuzz {
namespace {

using testing::HasSubstr;

// Does what an item's number says.
class Member final : public CrewMember {
 public:
  explicit Member(std::map<uint64_t, std::function<void()>> deeds) : deeds_(std::move(deeds)) {}

  void Do(uint64_t item, const CrewVoice& voice) override {
    if (deeds_.contains(item)) deeds_.at(item)();
    ++done_;
    voice.Say(absl::StrCat("did ", item));
  }
  void SumUp(const CrewVoice& voice) override {
    voice.Say(absl::StrCat("sum ", done_));
    done_ = 0;
  }

 private:
  const std::map<uint64_t, std::function<void()>> deeds_;
  uint64_t done_ = 0;
};

class Listener final : public CrewListener {
 public:
  void OnLine(const std::string& line) override {
    if (line.starts_with("did ")) did.insert(std::stoul(line.substr(4)));
    if (line.starts_with("sum ")) sum += std::stoul(line.substr(4));
  }
  void OnLoss(const CrewLoss& loss) override { losses.push_back(loss); }
  bool OnTick() override { return !stop; }

  std::set<uint64_t> did;
  uint64_t sum = 0;
  std::vector<CrewLoss> losses;
  bool stop = false;
};

Clock::time_point In(double seconds) { return Clock::now() + Seconds(seconds); }

TEST(CrewTest, EveryItemIsDoneOnce) {
  Member member({});
  Listener listener;
  ASSERT_TRUE(RunCrew({.members = 3, .end = 100, .deadline = In(60)}, member, listener).ok());
  EXPECT_EQ(listener.did.size(), 100u);
  EXPECT_EQ(listener.sum, 100u);
  EXPECT_TRUE(listener.losses.empty());
}

TEST(CrewTest, WhatIsDueIsDoneThoughTimeIsUp) {
  Member member({});
  Listener listener;
  ASSERT_TRUE(
      RunCrew({.members = 2, .due = 7, .end = 1'000'000, .deadline = In(-1)}, member, listener)
          .ok());
  EXPECT_THAT(listener.did, testing::ElementsAre(0, 1, 2, 3, 4, 5, 6));
}

TEST(CrewTest, WhatALostItemWasIsToldAsNoted) {
  const CrewVoice voice;
  Member member({{2, [&] { voice.Note("two\n\\ lines\n"); }},
                 {4,
                  [&] {
                    voice.Note("another");
                    voice.Note("four\n\\ lines\n");
                    raise(SIGSEGV);
                  }},
                 {6, [] { raise(SIGSEGV); }}});
  Listener listener;
  ASSERT_TRUE(RunCrew({.members = 1, .end = 8, .deadline = In(60)}, member, listener).ok());
  ASSERT_EQ(listener.losses.size(), 2u);
  EXPECT_EQ(listener.losses[0].note, "four\n\\ lines\n");
  EXPECT_EQ(listener.losses[1].note, "") << "nothing was noted of this one";
}

TEST(CrewTest, OneThatDiesIsReplacedAndItsItemTold) {
  Member member({{5, [] { raise(SIGSEGV); }}, {6, [] { _exit(3); }}});
  Listener listener;
  ASSERT_TRUE(RunCrew({.members = 2, .end = 20, .deadline = In(60)}, member, listener).ok());
  EXPECT_EQ(listener.did.size(), 18u);
  ASSERT_EQ(listener.losses.size(), 2u);
  std::map<uint64_t, ProcessLoss> lost;
  for (const CrewLoss& loss : listener.losses) lost[loss.item] = loss.process;
  EXPECT_EQ(lost[5].kind, ProcessLoss::Kind::kCrash);
  EXPECT_THAT(Describe(lost[6]), HasSubstr("exit code 3"));
}

TEST(CrewTest, OneThatHangsIsReplaced) {
  Member member({{1, [] {
                    for (;;) pause();
                  }}});
  Listener listener;
  ASSERT_TRUE(
      RunCrew({.members = 1, .end = 4, .deadline = In(60), .hang_seconds = 1}, member, listener)
          .ok());
  EXPECT_THAT(listener.did, testing::ElementsAre(0, 2, 3));
  ASSERT_EQ(listener.losses.size(), 1u);
  EXPECT_EQ(listener.losses[0].process.kind, ProcessLoss::Kind::kHang);
  EXPECT_EQ(listener.losses[0].item, 1u);
}

TEST(CrewTest, OneThatTakesAllMemoryIsReplaced) {
  Member member({{0, [] {
                    std::vector<std::unique_ptr<char[]>> hoard;
                    for (;;) hoard.push_back(std::make_unique<char[]>(64 << 20));
                  }}});
  Listener listener;
  ASSERT_TRUE(
      RunCrew({.members = 1, .end = 2, .deadline = In(240), .hang_seconds = 200}, member, listener)
          .ok())
      << "a machine that is busy takes its time to hand out pages";
  EXPECT_THAT(listener.did, testing::ElementsAre(1));
  ASSERT_EQ(listener.losses.size(), 1u);
  EXPECT_EQ(listener.losses[0].process.kind, ProcessLoss::Kind::kOutOfMemory);
}

TEST(CrewTest, WhoListensCanEndIt) {
  Member member({});
  Listener listener;
  listener.stop = true;
  ASSERT_TRUE(
      RunCrew({.members = 1, .due = ~uint64_t{0}, .end = ~uint64_t{0}}, member, listener).ok());
}

}  // namespace
}  // namespace khofuzz
