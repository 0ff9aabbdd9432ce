// Stories: what they are about, what they keep, and where two of them part.
#include "scenario/explaining/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "scenario/explaining/side_by_side.h"
#include "scenario/language/targets.h"
#include "scenario/language/test_read.h"
#include "scenario/playing/life.h"
#include "scenario/playing/run.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

using ::testing::HasSubstr;

const Target& Chain() { return *FindTarget("fuzz_chain"); }

constexpr std::string_view kHandover =
    "memory base=0 size=32M\nboot_with scratch=\"1M,1M,512K\"\n"
    "preserve_pages pfn=0x100 nr=4\nkexec\nboot\nrestore index=0\n";

Story Tell(const Scenario& scenario, const Design& design, StoryRecorder::Options options) {
  StoryRecorder recorder(std::move(options));
  (void)Play(scenario, Chain(), design, &recorder);
  return recorder.story();
}

// The violation of a design with this quirk, and both stories of it.
struct Both {
  Violation violation{};
  Story broken;
  Story intended;
};
Both TellBoth(const Scenario& scenario, const char* quirk) {
  const auto design = Design::Parse(quirk);
  EXPECT_TRUE(design.ok()) << design.status();
  const Played played = Play(scenario, Chain(), *design);
  Both both;
  if (played.state->report.ok()) {
    ADD_FAILURE() << quirk << " breaks nothing";
    return both;
  }
  both.violation = played.state->report.violations().front();
  const StoryFocus focus = FocusOn(both.violation, played.state->geometry());
  both.broken = Tell(scenario, *design, {.focus = focus});
  both.intended = Tell(scenario, Design(), {.focus = focus, .end = both.broken.end});
  return both;
}

TEST(StoryTest, AWrongTypeIsAboutItsPageblockAndElseTheFirstPageAtFault) {
  const Geometry g = TinyGeometry();
  const AddrRange page{PhysAddr{0x123000}, PhysAddr{0x124000}};
  EXPECT_EQ(FocusOn({Invariant::kScratchIsCma, "", page, 0}, g),
            (StoryFocus{.pages = PfnRange{Pfn{0x120}, Pfn{0x140}}, .pageblock = true}));
  EXPECT_EQ(FocusOn({Invariant::kFreeOnce, "", page, 0}, g),
            (StoryFocus{.pages = PfnRange{Pfn{0x123}, Pfn{0x124}}}));
  EXPECT_EQ(
      FocusOn({Invariant::kFreeOnce, "", AddrRange{PhysAddr{0x123000}, PhysAddr{0x900000}}, 0}, g),
      (StoryFocus{.pages = PfnRange{Pfn{0x123}, Pfn{0x124}}}));
  EXPECT_EQ(FocusOn({Invariant::kUndo, "", std::nullopt, 0}, g), StoryFocus{});
  EXPECT_EQ(FocusOn({Invariant::kAccounting, "", std::nullopt, 0}, g), StoryFocus{.managed = true});
}

TEST(StoryTest, KeepsWhatWasDoneToThePageAndByWhomFromKernelToKernel) {
  const Story story =
      Tell(Read(kHandover), Design(),
           {.focus = {.pages = PfnRange{Pfn{0x100}, Pfn{0x101}}}, .end = Moment{.op = 4}});
  const auto has = [&story](uint64_t kernel, std::optional<BootPhase> phase,
                            std::string_view function, std::string_view what) {
    return std::ranges::any_of(story.lines, [&](const StoryLine& line) {
      return line.kernel == kernel && line.phase == phase && line.function == function &&
             line.what.find(what) != std::string::npos;
    });
  };
  EXPECT_TRUE(has(1, BootPhase::kMemmap, "memmap_init_range", "node 0 zone DMA32"));
  EXPECT_TRUE(has(1, std::nullopt, "alloc_contig_range", "allocated from the buddy"));
  EXPECT_TRUE(has(1, std::nullopt, "kho_preserve_pages", "preserved for the next kernel: order 2"));
  EXPECT_TRUE(has(2, BootPhase::kEarly, "", "was handed over as preserved: order 2 at 0x100000"));
  EXPECT_TRUE(has(2, std::nullopt, "kho_restore_page", "page->private = 0"));
  for (const StoryLine& line : story.lines) {
    EXPECT_EQ(line.handover, line.kernel == 2) << line.what;
    EXPECT_FALSE(line.breaks) << line.what;
  }
}

TEST(StoryTest, TwoDesignsPartWhereTheQuirkActsAndNotBefore) {
  const Both both = TellBoth(Read(kHandover), "deferred-init-forgets-bootmem");
  EXPECT_EQ(both.broken.end->kernel, 2u);
  EXPECT_EQ(both.broken.end->phase, BootPhase::kDeferred);
  const std::vector<StoryRow> rows = SideBySide(both.broken, both.intended);
  const StoryRow* const deciding = DecidingRow(rows, both.violation.invariant);
  ASSERT_NE(deciding, nullptr);
  EXPECT_NE(deciding, &rows.front());
  EXPECT_EQ(deciding, &*std::ranges::find(rows, true, &StoryRow::differs));
  ASSERT_NE(deciding->left, nullptr);
  EXPECT_EQ(deciding->left->function, "deferred_free_pages");
  EXPECT_EQ(deciding->left->what, "pageblock becomes MOVABLE");
  EXPECT_TRUE(both.broken.lines.back().breaks);
  EXPECT_TRUE(std::ranges::none_of(both.intended.lines, &StoryLine::breaks));
}

TEST(StoryTest, AViolationShowsAtTheEventThatIsAtFault) {
  const Both both =
      TellBoth(Read("memory base=0 size=32M\nboot_with scratch=\"1M,1M,512K\"\nkexec\n"
                    "fail site=page_alloc k=0\nboot\n"),
               "init-failure-frees-inherited-bootmem");
  EXPECT_EQ(both.violation.invariant, Invariant::kFreeOnce);
  const auto at = std::ranges::find(both.broken.lines, true, &StoryLine::breaks);
  ASSERT_NE(at, both.broken.lines.end());
  EXPECT_EQ(at->function, "kho_init");
  EXPECT_THAT(at->what, HasSubstr("where it is already"));
  EXPECT_EQ(at->phase, BootPhase::kComplete);
}

TEST(StoryTest, RowsHoldEveryLineOfBothInOrder) {
  const Both both = TellBoth(Read("memory base=0 size=32M\nboot_with scratch=\"1M,1M,512K\"\n"
                                  "kexec\nreserve_mem size=512K align=4K\nboot\n"),
                             "reserve-mem-in-bootmem");
  size_t left = 0;
  size_t right = 0;
  for (const StoryRow& row : SideBySide(both.broken, both.intended)) {
    if (row.left != nullptr) {
      EXPECT_EQ(row.left, &both.broken.lines[left++]);
    }
    if (row.right != nullptr) {
      EXPECT_EQ(row.right, &both.intended.lines[right++]);
    }
    if (row.left != nullptr && row.right != nullptr) {
      EXPECT_FALSE(row.differs) << row.left->what;
      EXPECT_TRUE(row.left->SameMoment(*row.right));
    }
  }
  EXPECT_EQ(left, both.broken.lines.size());
  EXPECT_EQ(right, both.intended.lines.size());
}

StoryLine Does(std::string function, PageAspect aspect, std::string effect, size_t op = 0) {
  StoryLine line;
  line.op = op;
  line.function = std::move(function);
  line.what = effect;
  line.aspect = aspect;
  line.effect = std::move(effect);
  return line;
}

Story Of(std::vector<StoryLine> lines) {
  Story story;
  story.focus.pages = PfnRange{Pfn{1}, Pfn{2}};
  story.told = true;
  story.lines = std::move(lines);
  return story;
}

TEST(SideBySideTest, AnotherOrderAuthorOrReadMakesNoDifference) {
  const Story left =
      Of({Does("a", PageAspect::kType, "CMA"), Does("a", PageAspect::kInit, "node 0"),
          Does("reader", PageAspect::kNothing, "")});
  const Story right =
      Of({Does("b", PageAspect::kInit, "node 0"), Does("b", PageAspect::kType, "CMA")});
  const std::vector<StoryRow> rows = SideBySide(left, right);
  EXPECT_TRUE(std::ranges::none_of(rows, &StoryRow::differs));
  // Then it is the last that changed what the invariant is about.
  const StoryRow* const deciding = DecidingRow(rows, Invariant::kInitOnce);
  ASSERT_NE(deciding, nullptr);
  EXPECT_EQ(deciding->left, &left.lines[1]);
}

TEST(SideBySideTest, TheSameInAnotherMomentOrOneMoreTimeIsADifference) {
  const Story once = Of({Does("a", PageAspect::kBuddy, "free", 1)});
  const Story late = Of({Does("a", PageAspect::kBuddy, "free", 2)});
  const Story twice =
      Of({Does("a", PageAspect::kBuddy, "free", 1), Does("b", PageAspect::kBuddy, "free", 1)});
  EXPECT_EQ(std::ranges::count(SideBySide(once, late), true, &StoryRow::differs), 2);
  EXPECT_EQ(std::ranges::count(SideBySide(twice, once), true, &StoryRow::differs), 1);
}

TEST(SideBySideTest, AtTheFirstDifferenceWhatIsDoneDecidesBeforeWhatIsLeftUndone) {
  const Story left = Of(
      {Does("wrong", PageAspect::kType, "CMA", 1), Does("later", PageAspect::kBuddy, "free", 2)});
  const Story right = Of({Does("right", PageAspect::kType, "MOVABLE", 1)});
  const std::vector<StoryRow> rows = SideBySide(left, right);
  const StoryRow* const deciding = DecidingRow(rows, Invariant::kFreeOnce);
  ASSERT_NE(deciding, nullptr);
  EXPECT_EQ(deciding->left, &left.lines[0]);
  const Story nothing = Of({});
  const std::vector<StoryRow> undone = SideBySide(nothing, right);
  ASSERT_NE(DecidingRow(undone, Invariant::kFreeOnce), nullptr);
  EXPECT_EQ(DecidingRow(undone, Invariant::kFreeOnce)->right, &right.lines[0]);
}

TEST(SideBySideTest, WhereNothingDiffersWhoAllocatesAnotherPartOfThePageDecides) {
  const StoryLine both = Does("first", PageAspect::kMemblock, "reserved", 1);
  const Story left = Of({both, Does("reserve_mem", PageAspect::kNothing, "", 2)});
  Story allocates = left;
  allocates.lines[1].what = std::string(kMemblockAllocated);
  const Story right = Of({both});
  const auto deciding = [&right](const Story& story) {
    const std::vector<StoryRow> rows = SideBySide(story, right);
    const StoryRow* const row = DecidingRow(rows, Invariant::kHandoverUntouched);
    return row == nullptr ? std::string() : row->left->function;
  };
  EXPECT_EQ(deciding(left), "first");
  EXPECT_EQ(deciding(allocates), "reserve_mem");
}

TEST(SideBySideTest, OfAKernelThatStopsWhoStopsItDecidesAndNotWhatElseIsDifferent) {
  const Story left = Of({Does("early", PageAspect::kRefused, "no room", 1),
                         Does("stops", PageAspect::kStop, "panic", 2)});
  const std::vector<StoryRow> rows = SideBySide(left, Of({}));
  const StoryRow* const deciding = DecidingRow(rows, Invariant::kKernelRuns);
  ASSERT_NE(deciding, nullptr);
  EXPECT_EQ(deciding->left, &left.lines[1]);
  // A boot that does not complete may want for what was refused before it stops.
  const StoryRow* const wants = DecidingRow(rows, Invariant::kBootCompletes);
  ASSERT_NE(wants, nullptr);
  EXPECT_EQ(wants->left, &left.lines[0]);
}

TEST(StoryTest, PhasesStandInTheirOrderAndNoneIsToldTwice) {
  const Story story =
      Tell(Read(kHandover), Design(),
           {.focus = {.pages = PfnRange{Pfn{0x100}, Pfn{0x101}}}, .end = Moment{.op = 4}});
  for (size_t i = 1; i < story.lines.size(); ++i) {
    const StoryLine& before = story.lines[i - 1];
    const StoryLine& line = story.lines[i];
    if (before.kernel != line.kernel || !before.phase.has_value()) continue;
    EXPECT_TRUE(!line.phase.has_value() || *before.phase <= *line.phase) << line.what;
  }
}

TEST(StoryTest, WithoutAPageAtFaultThereAreSumsOfTheWholeMachine) {
  const Story story = Tell(Read(kHandover), Design(), {.end = Moment{.op = 3}});
  const auto line = std::ranges::find_if(story.lines, [](const StoryLine& l) {
    return l.kernel == 1 && l.function == "memmap_init_range" && l.what.starts_with("__init");
  });
  ASSERT_NE(line, story.lines.end());
  EXPECT_GT(line->pages, 1000u);
  EXPECT_LT(story.lines.size(), 100u);
}

TEST(StoryTest, PicturesAreTakenBeforeTheOpAndAtTheEnd) {
  size_t before = 0;
  uint64_t kernels_at_end = 0;
  (void)Tell(Read(kHandover), Design(),
             {.end = Moment{.op = 3, .kernel = 2, .phase = BootPhase::kMemmap},
              .before_op = 3,
              .before =
                  [&](const State& state) {
                    ++before;
                    EXPECT_EQ(state.life().kernel(), nullptr);
                  },
              .at_end =
                  [&](const State& state) {
                    kernels_at_end = state.life().kexecs() + 1;
                    EXPECT_EQ(state.life().kernel()->phase(), BootPhase::kMemmap);
                  }});
  EXPECT_EQ(before, 1u);
  EXPECT_EQ(kernels_at_end, 2u);
}

TEST(StoryTest, ListeningChangesNothing) {
  const Scenario scenario = Read(kHandover);
  StoryRecorder recorder({.focus = {.pages = PfnRange{Pfn{0}, Pfn{0x2000}}}});
  const Played heard = Play(scenario, Chain(), Design(), &recorder);
  const Played alone = Play(scenario, Chain());
  EXPECT_EQ(heard.lines, alone.lines);
  for (const InvariantInfo& info : InvariantCatalogue()) {
    EXPECT_EQ(heard.state->report.premises(info.invariant),
              alone.state->report.premises(info.invariant));
  }
}

}  // namespace
}  // namespace khofuzz
