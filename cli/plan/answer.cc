#include "cli/plan/answer.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/map/units.h"
#include "core/designs/asked_elsewhere.h"
#include "core/sizes.h"
#include "scenario/playing/boot_needs.h"

namespace khofuzz {
namespace {

constexpr unsigned kMostScale = 400;  // percent
constexpr int kAdviceTried = 8;       // counts of gigantic pages

// The largest part of [low, high] for which `holds`, given that it holds at `low`.
double LargestPart(double low, double high, const std::function<bool(double)>& holds) {
  for (int i = 0; i < 20; ++i) {
    const double middle = (low + high) / 2;
    (holds(middle) ? low : high) = middle;
  }
  return low;
}

class Planner {
 public:
  explicit Planner(const PlanInput& input) : input_(input) {}

  absl::StatusOr<PlanAnswer> Make() {
    answer_.machine = input_.machine;
    answer_.command_line = input_.command_line;
    answer_.release = input_.release;
    answer_.kho_now = input_.kho_now;
    answer_.took_over = input_.took_over;
    answer_.inherited = input_.inherited;
    answer_.extends =
        input_.subject.kernels != nullptr || !input_.subject.designs.Has(kNeverExtendsQuirk);
    answer_.exact = input_.dump.has_value();
    FindEnds();
    for (PlanEnd* end : {&answer_.least, &answer_.most}) PlayCases(end);
    FindImages();
    // Where the command line says kho=off nothing works, and nobody asks.
    if (input_.search && !answer_.turned_off() && answer_.most.bare().cold.facts.stopped.empty()) {
      Search();
      if (!answer_.gigantic_fit()) FindRoomForGigantic();
      if (!answer_.gigantic_fit() && answer_.gigantic_remedy.empty()) FindAdvice();
    }
    Basis();
    if (!failed_.ok()) return failed_;
    return std::move(answer_);
  }

 private:
  PlaySetup Setup(const std::vector<Need>& needs) const {
    return {.machine = &input_.machine,
            .command_line = &input_.command_line,
            .needs = &needs,
            .dump = input_.dump ? &*input_.dump : nullptr,
            .kho = input_.command_line.kho.value_or(true),
            .scratch = input_.command_line.scratch,
            .subject = input_.subject};
  }

  PlannedLife Play(const PlaySetup& setup, double part, const Preserve& preserve) {
    ++answer_.plays;
    auto life = PlayLife(setup, part, preserve);
    if (life.ok()) return *std::move(life);
    if (failed_.ok()) failed_ = life.status();
    return {};
  }

  // What KHO takes; nullopt where it is off.
  std::optional<uint64_t> Scratch(const PlaySetup& setup, double part) {
    PlaySetup cold = setup;
    cold.successor = false;
    const PlannedLife life = Play(cold, part, {});
    if (!life.cold.facts.kho) return std::nullopt;
    return life.cold.facts.bootmem.bytes();
  }

  void FindEnds() {
    if (input_.dump.has_value()) {
      answer_.least = {.needs = NeedsFromDump(), .part = 1};
      answer_.most = whole_ = answer_.least;
      return;
    }
    if (!input_.log.has_value()) {
      answer_.least.needs = answer_.most.needs =
          NeedsOf(input_.machine, input_.command_line, input_.given);
    } else if (input_.took_over) {
      // Its scratch was not reserved when the line was printed; what was preserved was.
      answer_.least.needs = answer_.most.needs = FromLog(0);
      answer_.most.part = 1;
      answer_.rests_on.push_back(
          "the log is of a boot that took over: what was preserved for it is among what its line "
          "'Memory: ' calls reserved, so early boot may take less than is said here");
    } else if (input_.log_kho.value_or(false)) {
      FromLogWithKho(&answer_.least, &answer_.most);
    } else {
      answer_.least.needs = answer_.most.needs = FromLog(0);
      answer_.most.part = 1;
      if (!input_.log_kho.has_value()) EitherWay();
    }
    if (!input_.log.has_value()) answer_.most.part = 1;
    whole_ = answer_.most;
    Cap();
  }

  std::vector<Need> FromLog(uint64_t kho_took) const {
    return NeedsFromDmesg(input_.machine, input_.command_line, input_.given, *input_.log, kho_took);
  }

  // What the log calls reserved holds scratch as well, whose size is what is looked for: both must
  // fit together.
  void FromLogWithKho(PlanEnd* least, PlanEnd* most) {
    PlannedCommandLine logged = input_.command_line;
    if (input_.log->command_line) {
      logged = ReadCommandLine(*input_.log->command_line, input_.machine.memory(),
                               input_.machine.geometry);
    }
    const auto took = [&](uint64_t guess, double part) {
      const std::vector<Need> needs = FromLog(guess);
      PlaySetup setup = Setup(needs);
      setup.command_line = &logged;
      setup.scratch = logged.scratch;
      setup.kho = true;
      return Scratch(setup, part).value_or(UINT64_MAX);
    };
    const uint64_t named =
        NamedInDmesg(input_.machine, input_.command_line, input_.given, *input_.log);
    const uint64_t reserved = input_.log->memory->reserved;
    const uint64_t room = reserved - std::min(reserved, named);
    const uint64_t first = took(0, 0);
    if (first > room) {
      answer_.rests_on.push_back(absl::StrCat(
          "the log's 'reserved' leaves ", FormatBytes(room),
          " for scratch, less than this release would take: that boot had KHO off, or another "
          "kho_scratch=, or is of a kernel that sizes otherwise. It was read as one with KHO off"));
      least->needs = most->needs = FromLog(0);
      most->part = 1;
      return;
    }
    *least = {.needs = FromLog(first), .part = 0};
    if (took(room, 1) <= room) {
      // As much as it can be with all of the rest counted.
      uint64_t low = first, high = room;
      while (low + 4096 < high) {
        const uint64_t middle = low + (high - low) / 2;
        (took(middle, 1) > middle ? low : high) = middle;
      }
      *most = {.needs = FromLog(low), .part = 1};
    } else {
      *most = {.needs = FromLog(room)};
      most->part = LargestPart(0, 1, [&](double part) { return took(room, part) <= room; });
    }
  }

  // KHO may have been on in the log's boot or not: the plan takes both into account and tells what
  // follows if it was on.
  void EitherWay() {
    PlanEnd least, most;
    FromLogWithKho(&least, &most);
    PlaySetup low = Setup(least.needs), high = Setup(most.needs);
    const auto a = Scratch(low, least.part), b = Scratch(high, most.part);
    if (a && b) {
      answer_.rests_on.push_back(absl::StrCat(
          "the log does not tell whether KHO was on in that boot; both are taken into "
          "account. If it was on, KHO takes ",
          FormatBytes(*a), " to ", FormatBytes(*b), ": say --log-kho on, or off, if you know"));
      if (const auto off = Scratch(Setup(answer_.least.needs), 0); off && *a < *off) {
        answer_.least = least;
      }
    }
  }

  // Beyond some amount of early needs there is no room for scratch any more.
  void Cap() {
    PlanEnd& most = answer_.most;
    const PlaySetup setup = Setup(most.needs);
    if (!setup.kho || Scratch(setup, most.part).has_value()) return;
    PlaySetup cold = setup;
    cold.successor = false;
    const PlannedLife off = Play(cold, most.part, {});
    const std::string why = off.cold.facts.stopped.empty()
                                ? absl::StrJoin(off.cold.facts.messages, "; ")
                                : off.cold.facts.stopped;
    if (!Scratch(Setup(answer_.least.needs), answer_.least.part).has_value()) return;
    answer_.off_beyond = why;
    if (!Scratch(setup, 0).has_value()) {
      most = answer_.least;
      return;
    }
    most.part = LargestPart(0, most.part, [&](double p) { return Scratch(setup, p).has_value(); });
  }

  // Of a memblock dump: all that it holds for the kernel and that has no other name.
  std::vector<Need> NeedsFromDump() const {
    const MemblockDump& dump = *input_.dump;
    uint64_t kern = 0;
    const MemblockRegion* image = nullptr;
    for (const MemblockRegion& region : dump.reserved.regions) {
      // Gigantic pages are not the kernel's.
      if (region.Has(kMemblockRsrvKern) && !region.Has(kMemblockRsrvHugetlb)) {
        kern += region.size;
        if (image == nullptr && region.base.value >= (uint64_t{1} << 20)) image = &region;
      }
    }
    const BootDemand demand = BootNeedsOf(input_.machine.banks, input_.machine.geometry);
    uint64_t rest = kern - std::min(kern, demand.memmap + demand.dentry_hash + demand.inode_hash);
    std::vector<Need> needs;
    const std::string from = absl::StrCat("memblock in ", input_.source);
    const auto add = [&](Need need, uint64_t bytes) {
      need.least = need.most = std::min(bytes, rest);
      need.from = from;
      rest -= need.least;
      if (need.least != 0) needs.push_back(std::move(need));
    };
    add({.name = "kernel image", .when = Need::When::kImage, .nid = 0, .from = ""},
        input_.given.kernel.value_or(image == nullptr ? 0 : image->size));
    if (input_.given.initrd) {
      add({.name = "initrd", .when = Need::When::kImage, .nid = 0, .from = ""},
          *input_.given.initrd);
    }
    if (PhysAddr{uint64_t{4} << 30} < input_.machine.end()) {
      add({.name = "bounce buffer (swiotlb)",
           .when = Need::When::kLate,
           .low = true,
           .dispensable = true,
           .from = ""},
          input_.given.swiotlb.value_or(uint64_t{64} << 20));
    }
    if (input_.command_line.crashkernel != 0) {
      add({.name = "crash kernel",
           .low = !input_.command_line.crashkernel_high,
           .dispensable = true,
           .from = ""},
          input_.command_line.crashkernel);
    }
    add({.name = "all else reserved for the kernel", .from = ""}, rest);
    return needs;
  }

  void PlayCases(PlanEnd* end) {
    const PlaySetup setup = Setup(end->needs);
    const auto play = [&](Preserve::How how, uint64_t bytes) {
      const Preserve preserve{how, bytes};
      end->cases.push_back({preserve, Play(setup, end->part, preserve)});
    };
    play(Preserve::How::kNothing, 0);
    if (!input_.preserve.has_value()) return;
    const auto bytes =
        static_cast<uint64_t>(static_cast<double>(input_.machine.memory()) * *input_.preserve);
    if (input_.scattered) play(Preserve::How::kScattered, bytes);
    if (input_.run) play(Preserve::How::kRun, bytes);
  }

  void FindImages() {
    const PlanEnd& least = answer_.least;
    const PlanEnd& most = answer_.most;
    for (size_t i = 0; i < least.cases.size(); ++i) {
      auto& image = answer_.images_that_fit.emplace_back();
      if (!least.cases[i].life.fits() || most.cases[i].life.fits()) continue;
      const PlaySetup setup = Setup(most.needs);
      const Preserve preserve = most.cases[i].preserve;
      if (!Play(setup, 0, preserve).fits()) continue;
      PlanEnd at{.needs = most.needs};
      at.part = LargestPart(0, most.part,
                            [&](double part) { return Play(setup, part, preserve).fits(); });
      image = at.image_bytes();
    }
  }

  // Whether this kho_scratch= works for the most that may be needed, whatever is preserved; then
  // how much it takes.
  std::optional<uint64_t> Works(const std::string& scratch) {
    PlaySetup setup = Setup(whole_.needs);
    setup.scratch = scratch;
    setup.kho = true;
    std::optional<uint64_t> bytes;
    for (const PlanCase& one : answer_.most.cases) {
      const PlannedLife life = Play(setup, whole_.part, one.preserve);
      if (!life.fits_well()) return std::nullopt;
      bytes = life.cold.facts.bootmem.bytes();
    }
    return bytes;
  }

  void Search() {
    answer_.searched = true;
    const auto scale = [](unsigned percent) { return absl::StrCat(percent, "%"); };
    unsigned most = 0;
    // The default first: it mostly works.
    for (const unsigned percent : {200u, 300u, kMostScale}) {
      if (most == 0 && Works(scale(percent))) most = percent;
    }
    std::array<uint64_t, 3> sizes{};
    if (most != 0) {
      unsigned least = 0;
      while (least + 1 < most) {
        const unsigned middle = (least + most) / 2;
        (Works(scale(middle)) ? most : least) = middle;
      }
      answer_.smallest_scale = scale(most);
      answer_.smallest_scale_bytes = Works(answer_.smallest_scale).value_or(0);
      PlaySetup setup = Setup(whole_.needs);
      setup.scratch = answer_.smallest_scale;
      setup.kho = true;
      setup.successor = false;
      const auto areas = Play(setup, whole_.part, {}).cold.facts.bootmem.areas;
      for (size_t i = 0; i < areas.size(); ++i) {
        sizes[std::min<size_t>(i, 2)] = std::max(sizes[std::min<size_t>(i, 2)], areas[i].size);
      }
    } else {
      const auto found = SizesThatWork();
      if (!found.has_value()) return;
      sizes = *found;
    }
    ShrinkSizes(sizes);
  }

  // Any that do, where no scale does: lowmem for what must lie low, global for the rest.
  std::optional<std::array<uint64_t, 3>> SizesThatWork() {
    const uint64_t memory = input_.machine.memory();
    for (uint64_t low = uint64_t{64} << 20; low <= std::min(memory, uint64_t{4} << 30); low <<= 1) {
      for (const uint64_t global : {uint64_t{0}, memory / 16, memory / 2}) {
        for (const uint64_t wanted : {low, low / 4 * 5}) {
          const std::array<uint64_t, 3> sizes = {AlignDown(wanted, uint64_t{4} << 20),
                                                 AlignDown(global, uint64_t{4} << 20), 0};
          if (Works(Sizes(sizes))) return sizes;
        }
      }
    }
    return std::nullopt;
  }

  static std::string Sizes(const std::array<uint64_t, 3>& sizes) {
    return absl::StrCat(sizes[0] >> 20, "M,", sizes[1] >> 20, "M,", sizes[2] >> 20, "M");
  }

  // Each area as small as it works while the others stay; the per-node ones first, since there are
  // as many as nodes.
  void ShrinkSizes(std::array<uint64_t, 3> sizes) {
    if (!Works(Sizes(sizes))) return;
    const uint64_t unit = input_.machine.geometry.scratch_alignment();
    for (const size_t i : {2u, 1u, 0u}) {
      uint64_t least = 0, most = sizes[i] / unit;
      const auto works = [&](uint64_t units) {
        auto tried = sizes;
        tried[i] = units * unit;
        return tried[0] + tried[1] + tried[2] != 0 && Works(Sizes(tried)).has_value();
      };
      if (works(0)) {
        sizes[i] = 0;
        continue;
      }
      while (least + 1 < most) {
        const uint64_t middle = (least + most) / 2;
        (works(middle) ? most : least) = middle;
      }
      sizes[i] = most * unit;
    }
    answer_.smallest_sizes = Sizes(sizes);
    answer_.smallest_sizes_bytes = Works(answer_.smallest_sizes).value_or(0);
  }

  // Whether with this kho_scratch= everything fits, gigantic pages included.
  bool AllFit(const std::string& scratch) {
    for (const PlanEnd* end : {&whole_, &answer_.least}) {
      PlaySetup setup = Setup(end->needs);
      setup.scratch = scratch;
      setup.kho = true;
      for (const PlanCase& one : answer_.most.cases) {
        const PlannedLife life = Play(setup, end->part, one.preserve);
        if (!life.fits() || !life.gigantic_fit()) return false;
      }
    }
    return true;
  }

  // Of a few, the one that takes least: where areas lie decides, and nothing grows steadily.
  void FindRoomForGigantic() {
    for (const std::string& scratch :
         {answer_.smallest_sizes, answer_.smallest_scale, std::string("50%"), std::string("100%"),
          std::string("150%"), std::string("200%"), std::string("300%"),
          absl::StrCat(kMostScale, "%")}) {
      const bool done = !answer_.gigantic_remedy.empty() ||
                        std::ranges::count(answer_.gigantic_tried, scratch) != 0;
      if (scratch.empty() || done) continue;
      answer_.gigantic_tried.push_back(scratch);
      if (!AllFit(scratch)) continue;
      answer_.gigantic_remedy = scratch;
      PlaySetup setup = Setup(whole_.needs);
      setup.scratch = scratch;
      setup.kho = true;
      answer_.gigantic_remedy_bytes = Scratch(setup, whole_.part).value_or(0);
    }
  }

  // Whether all gigantic pages of the case fit at both ends in a plan of its own. What is asked for
  // changes where all else comes to lie, so nothing follows from how many fit of more.
  bool AllFitIn(PlanInput input, const Preserve& preserve) {
    input.search = false;
    input.scattered = preserve.how == Preserve::How::kScattered;
    input.run = preserve.how == Preserve::How::kRun;
    if (preserve.how == Preserve::How::kNothing) input.preserve.reset();
    auto plan = Planner(input).Make();
    if (!plan.ok()) {
      failed_.Update(plan.status());
      return false;
    }
    answer_.plays += plan->plays;
    const auto fit = [](const PlanEnd& end) {
      const PlannedLife& life = end.cases.back().life;
      return life.fits() && life.gigantic_fit();
    };
    return fit(plan->least) && fit(plan->most);
  }

  void FindAdvice() {
    for (size_t i = 0; i < answer_.most.cases.size(); ++i) {
      GiganticAdvice& advice = answer_.gigantic_advice.emplace_back();
      const PlannedLife &low = answer_.least.cases[i].life, &high = answer_.most.cases[i].life;
      const Preserve& preserve = answer_.most.cases[i].preserve;
      if (low.gigantic_fit() && high.gigantic_fit()) continue;
      const auto got = [](const PlannedLife& life) {
        return life.next ? uint64_t{life.next->facts.gigantic.size()} : UINT64_MAX;
      };
      // Which of several requests is to be less is not for us to say.
      const bool one = input_.command_line.huge.size() == 1;
      uint64_t pages = one ? std::min(got(low), got(high)) : 0;
      // Who would have half of them only does better with what fits of all.
      const uint64_t half = pages / 2;
      for (int tried = 0; pages > half && !advice.pages && tried < kAdviceTried; ++tried, --pages) {
        PlanInput fewer = input_;
        fewer.command_line.huge.front().count = pages;
        if (AllFitIn(std::move(fewer), preserve)) advice.pages = pages;
      }
      for (uint64_t eighths = 6; eighths > 0 && !advice.preserved; eighths -= 2) {
        const uint64_t share = preserve.bytes / 8 * eighths;
        // As it can be asked for again.
        const uint64_t bytes = AlignDown(share, share < 4 * kGiB ? kMiB : kGiB);
        if (bytes == 0) break;
        PlanInput less = input_;
        less.preserve = static_cast<double>(bytes) / static_cast<double>(input_.machine.memory());
        if (AllFitIn(std::move(less), preserve)) advice.preserved = bytes;
      }
    }
  }

  void Basis() {
    auto& rests = answer_.rests_on;
    rests.insert(rests.begin(), absl::StrCat("machine: ", input_.machine.from));
    const BootDemand demand = BootNeedsOf(input_.machine.banks, input_.machine.geometry);
    rests.push_back(absl::StrCat("memmaps (struct pages): ", FormatBytes(demand.memmap),
                                 ", computed from the map: 64 bytes a page, whole sections"));
    if (!input_.dump) {
      rests.push_back(
          demand.dentry_hash == 0
              ? std::string("hash tables: none from memblock, since there are several nodes")
              : absl::StrCat("hash tables: ", FormatBytes(demand.dentry_hash + demand.inode_hash),
                             ", computed as the kernel sizes them by default"));
    }
    for (size_t i = 0; i < answer_.most.needs.size(); ++i) {
      const Need& most = answer_.most.needs[i];
      uint64_t least = most.least;
      for (const Need& need : answer_.least.needs) {
        if (need.name == most.name) least = std::min(least, need.At(answer_.least.part));
      }
      rests.push_back(absl::StrCat(
          most.name, ": ", FormatBytes(least),
          most.most == least ? "" : absl::StrCat(" to ", FormatBytes(most.most)), ", ", most.from));
    }
    if (!input_.dump && !input_.command_line.kho.has_value()) {
      rests.push_back("KHO: taken to be on, as kho=on or the kernel's default has it");
    }
  }

  const PlanInput& input_;
  PlanAnswer answer_;
  PlanEnd whole_;  // the most that may be needed, whether or not KHO stays on with it
  absl::Status failed_;
};

}  // namespace

uint64_t PlanEnd::scratch_bytes() const {
  return cases.empty() ? 0 : bare().cold.facts.bootmem.bytes();
}

bool PlanAnswer::gigantic_fit() const {
  const auto fit = [](const PlanEnd& end) {
    return std::ranges::all_of(end.cases,
                               [](const PlanCase& one) { return one.life.gigantic_fit(); });
  };
  return fit(least) && fit(most);
}

uint64_t PlanEnd::image_bytes() const {
  uint64_t bytes = 0;
  for (const Need& need : needs) {
    if (need.when == Need::When::kImage) bytes += need.At(part);
  }
  return bytes;
}

absl::StatusOr<PlanAnswer> MakePlan(const PlanInput& input) { return Planner(input).Make(); }

}  // namespace khofuzz
