// Stories: what they are about, what they keep, and where two of them part.
#include "scenario/explaining/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "scenario/language/targets.h"
#include "scenario/language/text.h"
#include "scenario/playing/life.h"
#include "scenario/playing/run.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

using ::testing::HasSubstr;

const Target& Chain() { return *FindTarget("fuzz_chain"); }

Scenario Read(std::string_view text) {
  const auto scenario = ParseStrict(text);
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return scenario.ok() ? *scenario : Scenario{};
}

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

TEST(StoryTest, AWrongTypeIsAboutItsPageblockAndElseThePagesAtFault) {
  const Geometry g = TinyGeometry();
  const AddrRange page{PhysAddr{0x123000}, PhysAddr{0x124000}};
  EXPECT_EQ(FocusOn({Invariant::kScratchIsCma, "", page, 0}, g),
            (StoryFocus{PfnRange{Pfn{0x120}, Pfn{0x140}}, true}));
  EXPECT_EQ(FocusOn({Invariant::kFreeOnce, "", page, 0}, g),
            (StoryFocus{PfnRange{Pfn{0x123}, Pfn{0x124}}, false}));
  EXPECT_EQ(
      FocusOn({Invariant::kFreeOnce, "", AddrRange{PhysAddr{0x123000}, PhysAddr{0x900000}}, 0}, g),
      (StoryFocus{PfnRange{Pfn{0x123}, Pfn{0x124}}, false}));
  EXPECT_EQ(FocusOn({Invariant::kUndo, "", std::nullopt, 0}, g), StoryFocus{});
}

TEST(StoryTest, KeepsWhatWasDoneToThePageAndByWhomFromKernelToKernel) {
  const Story story =
      Tell(Read(kHandover), Design(),
           {.focus = {PfnRange{Pfn{0x100}, Pfn{0x101}}, false}, .end = Moment{.op = 4}});
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
  EXPECT_EQ(both.broken.end.kernel, 2u);
  EXPECT_EQ(both.broken.end.phase, BootPhase::kDeferred);
  const std::vector<StoryRow> rows = SideBySide(both.broken, both.intended);
  const auto first = std::ranges::find(rows, false, &StoryRow::same);
  ASSERT_NE(first, rows.end());
  EXPECT_NE(first, rows.begin());
  ASSERT_NE(first->left, nullptr);
  ASSERT_NE(first->right, nullptr);
  EXPECT_EQ(first->left->function, "deferred_free_pages");
  EXPECT_EQ(first->left->what, "pageblock becomes MOVABLE");
  EXPECT_EQ(first->right->what, "pageblock becomes CMA");
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
  EXPECT_EQ(at->function, "free_reserved_area");
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
    if (row.same) {
      EXPECT_TRUE(row.left->SameAs(*row.right));
    }
  }
  EXPECT_EQ(left, both.broken.lines.size());
  EXPECT_EQ(right, both.intended.lines.size());
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
  StoryRecorder recorder({.focus = {PfnRange{Pfn{0}, Pfn{0x2000}}, false}});
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
