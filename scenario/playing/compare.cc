#include "scenario/playing/compare.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/memblock/memblock.h"
#include "core/memmap/nodes.h"
#include "core/radix/preservation.h"
#include "oracle/describe.h"
#include "scenario/playing/life.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

// Takes records one by one. The words of one are mixed each by itself, since a processor does that
// all at once, and their order counts by what is mixed with each; the order of records counts by
// what came before.
class Digest {
 public:
  void Add(Aspect aspect, std::initializer_list<uint64_t> values) {
    uint64_t record = static_cast<uint64_t>(aspect) * kOdd;
    uint64_t salt = kOdd;
    for (const uint64_t value : values) {
      record += Mixed(value ^ salt);
      salt += kOdd;
    }
    value_ = Mixed(value_ ^ record);
  }
  uint64_t value() const { return value_; }

 private:
  static constexpr uint64_t kOdd = 0x9e3779b97f4a7c15;
  // One to one.
  static uint64_t Mixed(uint64_t word) {
    word = (word ^ (word >> 32)) * kOdd;
    return word ^ (word >> 29);
  }
  uint64_t value_ = 0xcbf29ce484222325;
};

class Records {
 public:
  void Add(Aspect aspect, std::initializer_list<uint64_t> values) {
    StateRecord record{.aspect = aspect};
    std::ranges::copy(values, record.values.begin());
    out.push_back(record);
  }
  std::vector<StateRecord> out;
};

uint64_t Bits(NodeId nid) { return static_cast<uint64_t>(static_cast<int64_t>(nid)); }

// Neighbours that are alike, joined: two kernels may cut the same memory in different places.
class PageJoiner {
 public:
  template <typename Sink>
  void Add(const PageRun& run, Sink& sink) {
    if (have_ && last_.pfns.end == run.pfns.begin && last_.page == run.page &&
        last_.free == run.free) {
      last_.pfns.end = run.pfns.end;
      return;
    }
    Flush(sink);
    last_ = run;
    have_ = true;
  }
  template <typename Sink>
  void Flush(Sink& sink) {
    if (!have_) return;
    sink.Add(Aspect::kPages,
             {last_.pfns.begin.value, last_.pfns.end.value, Bits(last_.page.nid),
              static_cast<uint64_t>(last_.page.zone), last_.page.reserved, last_.free});
    have_ = false;
  }

 private:
  PageRun last_{};
  bool have_ = false;
};

template <typename Sink>
void AddTypes(const Kernel& kernel, Sink& sink) {
  PfnRange last{};
  Migratetype type{};
  const auto flush = [&] {
    if (last.empty()) return;
    sink.Add(Aspect::kTypes, {last.begin.value, last.end.value, static_cast<uint64_t>(type)});
  };
  kernel.ForEachTypeRun({Pfn{0}, kNothingDeferred}, [&](PfnRange blocks, Migratetype t) {
    if (t == Migratetype::kUnmovable) return;
    if (!last.empty() && last.end == blocks.begin && type == t) {
      last.end = blocks.end;
      return;
    }
    flush();
    last = blocks;
    type = t;
  });
  flush();
}

template <typename Sink>
void AddNodes(const Kernel& kernel, Sink& sink) {
  const Nodes& nodes = kernel.nodes();
  for (NodeId nid = 0; nid < nodes.count(); ++nid) {
    const Node& node = nodes.at(nid);
    if (!node.has_memory()) continue;
    sink.Add(Aspect::kNodes,
             {Bits(nid), node.span.begin.value, node.span.end.value, node.first_deferred.value});
    for (size_t i = 0; i < kZoneCount; ++i) {
      const Zone& zone = node.zones[i];
      if (zone.span.empty()) continue;
      // Until memblock hands over, a kernel's figure is a guess that it will make anew.
      const bool counts = kernel.phase() >= BootPhase::kFreeAll;
      sink.Add(Aspect::kZones, {Bits(nid), i, zone.span.begin.value, zone.span.end.value,
                                zone.present, counts ? static_cast<uint64_t>(zone.managed) : 0});
    }
  }
}

template <typename Sink>
void AddMemblock(const Kernel& kernel, Sink& sink) {
  const Memblock* memblock = kernel.memblock();
  if (memblock == nullptr) return;
  for (const MemblockRegion& r : memblock->memory().regions) {
    sink.Add(Aspect::kMemory, {r.base.value, r.end().value, r.flags, Bits(r.nid)});
  }
  for (const MemblockRegion& r : memblock->reserved().regions) {
    sink.Add(Aspect::kReserved, {r.base.value, r.end().value, r.flags, Bits(r.nid)});
  }
}

template <typename Sink>
void AddItems(uint64_t list, const std::vector<Item>& items, Sink& sink) {
  for (size_t i = 0; i < items.size(); ++i) {
    for (const PfnRange& pfns : items[i].pages) {
      sink.Add(Aspect::kItems,
               {list, i, pfns.begin.value, pfns.end.value, items[i].order, items[i].restored});
    }
  }
}

template <typename Sink>
void AddState(const State& state, Sink& sink) {
  const Life* const life = &state.life();
  if (life->kernel() == nullptr) return;
  const Kernel& kernel = *life->kernel();
  sink.Add(Aspect::kKernel, {kernel.kho_enabled(), kernel.is_kho_boot()});
  PageJoiner pages;
  kernel.ForEachRun({Pfn{0}, kNothingDeferred}, [&](const PageRun& run) { pages.Add(run, sink); });
  pages.Flush(sink);
  AddTypes(kernel, sink);
  if (life->inheritance().has_value() && kernel.is_kho_boot()) {
    for (const Preservation& block : life->inheritance()->blocks) {
      const Pfn head = state.geometry().PfnDown(block.phys);
      if (const auto order = kernel.MagicOrder(head); order.has_value()) {
        sink.Add(Aspect::kMagic, {head.value, *order});
      }
    }
  }
  AddNodes(kernel, sink);
  AddMemblock(kernel, sink);
  // Releases differ in when they look at the array that they inherit.
  const bool knows_bootmem = kernel.phase() >= BootPhase::kBootmem;
  for (const ScratchArea& area : kernel.bootmem().areas) {
    if (!knows_bootmem) break;
    sink.Add(Aspect::kBootmem, {area.addr.value, area.addr.value + area.size});
  }
  for (const Preservation& block : kernel.Outgoing()) {
    sink.Add(Aspect::kTree, {block.phys.value, block.order});
  }
  AddItems(0, life->held(), sink);
  AddItems(1, life->outgoing(), sink);
  AddItems(2, life->incoming(), sink);
}

// Keeps the digest of every moment, and the whole state of one.
class Recorder final : public PlayListener {
 public:
  // Keeps all of the state of the moment `whole`.
  explicit Recorder(std::optional<size_t> whole = std::nullopt) : whole_(whole) {}
  // Goes on only as long as the states are those of `expected`.
  explicit Recorder(const Ending* expected) : expected_(expected) {}
  // Tells `next` all that it hears.
  explicit Recorder(PlayListener* next) : next_(next) {}

  void OnStart(const State& state) override {
    state_ = &state;
    if (next_ != nullptr) next_->OnStart(state);
  }
  void BeforeOp(size_t op) override {
    op_ = op;
    if (next_ != nullptr) next_->BeforeOp(op);
  }
  void AfterOp(size_t op) override {
    if (why_refused.empty()) why_refused = state_->life().refused();
    refused = !why_refused.empty();
    Note(std::nullopt);
    if (next_ != nullptr) next_->AfterOp(op);
  }
  void OnEvent(const Event& event) override {
    if (next_ != nullptr) next_->OnEvent(event);
  }
  void OnReads(Event event, std::span<const Pfn> pages) override {
    if (next_ != nullptr) next_->OnReads(event, pages);
  }
  void OnPhase(BootPhase phase) override {
    Note(phase);
    if (next_ != nullptr) next_->OnPhase(phase);
  }
  bool Enough() const override { return parted; }
  bool ReadsOutcomes() const override { return next_ != nullptr && next_->ReadsOutcomes(); }

  std::vector<Moment> moments;
  std::vector<uint64_t> digests;
  std::vector<StateRecord> records;
  bool refused = false;
  std::string why_refused;
  bool cut_short = false;
  bool rubbish = false;
  bool parted = false;  // from what was expected

 private:
  void Note(std::optional<BootPhase> phase) {
    const Life* const life = &state_->life();
    cut_short = cut_short || life->left_out();
    if (parted || cut_short || life->kernel() == nullptr || life->dead()) return;
    cut_short = rubbish = life->kernel()->reads_rubbish();
    if (cut_short) return;
    if (whole_ == moments.size()) records = StateRecords(*state_);
    moments.push_back({op_, life->kexecs() + 1, phase});
    digests.push_back(StateDigest(*state_));
    if (expected_ == nullptr) return;
    const size_t at = digests.size() - 1;
    parted = at >= expected_->digests.size() ? !expected_->cut_short
                                             : expected_->digests[at] != digests[at];
  }

  const std::optional<size_t> whole_{};
  const Ending* const expected_ = nullptr;
  PlayListener* const next_ = nullptr;
  const State* state_ = nullptr;
  size_t op_ = 0;
};

std::optional<Invariant> FirstViolation(const Report& report) {
  if (report.ok()) return std::nullopt;
  return report.violations().front().invariant;
}

std::string WhenText(const Moment& moment, const Scenario& scenario) {
  const std::string kernel = absl::StrCat(" of kernel ", moment.kernel);
  if (moment.phase.has_value()) {
    return absl::StrCat("after ", std::string(BootPhaseName(*moment.phase)), kernel);
  }
  if (moment.op >= scenario.op_count()) return absl::StrCat("at the end", kernel);
  return absl::StrCat("after op line ", moment.op + 1, kernel);
}

// The memory that a record is about, from its begin on; nullopt: it is about something else.
std::optional<AddrRange> MemoryOf(const StateRecord& record, const Geometry& g) {
  const auto& v = record.values;
  switch (record.aspect) {
    case Aspect::kPages:
    case Aspect::kTypes:
      return g.ToAddr(PfnRange{{v[0]}, {v[1]}});
    case Aspect::kMagic:
      return g.ToAddr(PfnRange{{v[0]}, {v[0] + 1}});
    case Aspect::kMemory:
    case Aspect::kReserved:
    case Aspect::kBootmem:
      return AddrRange{{v[0]}, {v[1]}};
    case Aspect::kTree:
      return AddrRange{{v[0]}, {v[0] + g.page_size()}};
    case Aspect::kKernel:
    case Aspect::kNodes:
    case Aspect::kZones:
    case Aspect::kItems:
      break;
  }
  return std::nullopt;
}

// Of two records, the first that differ between two states: the first memory of which one says
// something that the other does not.
std::optional<AddrRange> WhereTheyDiffer(const StateRecord* one, const StateRecord* other,
                                         const Geometry& g) {
  if (one == nullptr || (other != nullptr && other->aspect < one->aspect)) std::swap(one, other);
  if (one == nullptr) return std::nullopt;
  const auto mine = MemoryOf(*one, g);
  if (!mine.has_value()) return std::nullopt;
  PhysAddr at = mine->begin;
  if (other != nullptr && other->aspect == one->aspect) {
    const AddrRange others = *MemoryOf(*other, g);
    const bool say_the_same =
        std::equal(one->values.begin() + 2, one->values.end(), other->values.begin() + 2);
    at = std::min(at, others.begin);
    // Then what follows the shorter one differs.
    if (mine->begin == others.begin && mine->end != others.end && say_the_same) {
      at = std::min(mine->end, others.end);
    }
  }
  const Pfn page = g.PfnDown(at);
  const PfnRange pages{page, page + 1};
  return g.ToAddr(one->aspect == Aspect::kTypes ? g.WholePageblocks(pages) : pages);
}

}  // namespace

std::string_view AspectName(Aspect aspect) {
  constexpr std::array<std::string_view, 11> kNames = {
      "kernel", "struct pages", "pageblock types", "magic",         "nodes", "zones",
      "memory", "reserved",     "bootmem",         "outgoing tree", "items"};
  return kNames[static_cast<size_t>(aspect)];
}

std::string Describe(const StateRecord& record, const Geometry& g) {
  const auto& v = record.values;
  const auto pfns = [&](uint64_t begin, uint64_t end) {
    return Describe(g.ToAddr(PfnRange{{begin}, {end}}));
  };
  const auto node = [](uint64_t nid) {
    return nid == Bits(kNoNode) ? std::string("no node") : absl::StrCat("node ", nid);
  };
  switch (record.aspect) {
    case Aspect::kKernel:
      return absl::StrCat("KHO ", v[0] != 0 ? "on" : "off", ", ",
                          v[1] != 0 ? "a handover" : "a cold", " boot");
    case Aspect::kPages:
      return absl::StrCat("pages ", pfns(v[0], v[1]), ": ", node(v[2]), " ",
                          std::string(ZoneName(static_cast<ZoneId>(v[3]))),
                          v[4] != 0 ? ", reserved" : "", v[5] != 0 ? ", free" : "");
    case Aspect::kTypes:
      return absl::StrCat("pageblocks ", pfns(v[0], v[1]), ": ",
                          std::string(MigratetypeName(static_cast<Migratetype>(v[2]))));
    case Aspect::kMagic:
      return absl::StrCat("magic of order ", v[1], " at ", Describe(g.ToAddr(Pfn{v[0]})));
    case Aspect::kNodes:
      return absl::StrCat(node(v[0]), ": ", pfns(v[1], v[2]), ", first deferred pfn 0x",
                          absl::Hex(v[3]));
    case Aspect::kZones:
      return absl::StrCat(node(v[0]), " zone ", std::string(ZoneName(static_cast<ZoneId>(v[1]))),
                          ": ", pfns(v[2], v[3]), ", ", v[4], " pages present, ",
                          static_cast<int64_t>(v[5]), " managed");
    case Aspect::kMemory:
    case Aspect::kReserved:
      return absl::StrCat(
          record.aspect == Aspect::kMemory ? "memblock.memory " : "memblock.reserved ",
          Describe(AddrRange{{v[0]}, {v[1]}}), ": ",
          MemblockFlagsName(static_cast<MemblockFlags>(v[2])), ", ", node(v[3]));
    case Aspect::kBootmem:
      return absl::StrCat("bootmem ", Describe(AddrRange{{v[0]}, {v[1]}}));
    case Aspect::kTree:
      return absl::StrCat("outgoing ", Describe(Preservation{{v[0]}, static_cast<unsigned>(v[1])}));
    case Aspect::kItems: {
      constexpr std::array<std::string_view, 3> kLists = {"held", "preserved", "inherited"};
      return absl::StrCat(std::string(kLists[v[0] % 3]), " item ", v[1], ": ", pfns(v[2], v[3]),
                          v[5] != 0 ? ", restored" : "");
    }
  }
  return "";
}

std::vector<StateRecord> StateRecords(const State& state) {
  Records records;
  AddState(state, records);
  return std::move(records.out);
}

uint64_t StateDigest(const State& state) {
  Digest digest;
  AddState(state, digest);
  return digest.value();
}

Ending PlayToTheEnd(const Scenario& scenario, const Target& target, const Subject& subject,
                    PlayListener* beside) {
  Recorder recorder(beside);
  Report report = RunScenario(scenario, target, subject, &recorder);
  return {std::move(recorder.moments),
          std::move(recorder.digests),
          std::move(report),
          recorder.refused,
          recorder.cut_short,
          recorder.rubbish,
          std::move(recorder.why_refused)};
}

bool BreakAlike(const Report& one, const Report& other) {
  if (one.ok() || other.ok()) return one.ok() == other.ok();
  const Violation& a = one.violations().front();
  const Violation& b = other.violations().front();
  return a.invariant == b.invariant && a.op == b.op;
}

bool SameEnding(const Ending& one, const Ending& other) {
  if (one.refused || other.refused) return true;
  if (one.cut_short || other.cut_short) {
    const size_t size = std::min(one.digests.size(), other.digests.size());
    const auto ends_there = [size](const Ending& e) {
      return e.cut_short && e.digests.size() == size;
    };
    return (ends_there(one) || ends_there(other)) &&
           std::equal(one.digests.begin(), one.digests.begin() + static_cast<std::ptrdiff_t>(size),
                      other.digests.begin());
  }
  return one.digests == other.digests && FirstViolation(one.report) == FirstViolation(other.report);
}

Agreement AgreementOf(const Ending& ending, const Scenario& scenario, const Target& target,
                      const Subject& subject) {
  const size_t all = ending.digests.size();
  if (ending.refused) return {true, all, all};
  Recorder recorder(&ending);
  const Report report = RunScenario(scenario, target, subject, &recorder);
  if (recorder.refused) return {true, all, all};
  const size_t same = std::min(recorder.digests.size() - recorder.parted, all);
  const bool ends_alike = FirstViolation(report) == FirstViolation(ending.report);
  bool whole = !recorder.parted;
  // What is told up to where a play is cut short was the same.
  if (ending.cut_short && !recorder.cut_short) {
    whole = whole && recorder.digests.size() >= all &&
            (ending.rubbish || ending.report.ok() || ends_alike);
  } else if (!recorder.cut_short) {
    whole = whole && recorder.digests.size() == all && ends_alike;
  }
  return {whole, same, all};
}

bool EndsAs(const Ending& ending, const Scenario& scenario, const Target& target,
            const Subject& subject) {
  return AgreementOf(ending, scenario, target, subject).whole;
}

std::optional<Difference> FirstDifference(const Scenario& scenario, const Target& target,
                                          const Subject& one, const Subject& other,
                                          std::pair<std::string, std::string> names,
                                          const Scenario* for_other) {
  const Scenario& others = for_other == nullptr ? scenario : *for_other;
  const Ending a = PlayToTheEnd(scenario, target, one);
  const Ending b = PlayToTheEnd(others, target, other);
  if (SameEnding(a, b)) return std::nullopt;
  const auto [at, bt] = std::ranges::mismatch(a.digests, b.digests);
  const size_t i = static_cast<size_t>(at - a.digests.begin());
  Difference difference;
  if (at == a.digests.end() || bt == b.digests.end() || a.moments[i] != b.moments[i]) {
    // One of them stopped, or found something that the other did not.
    const auto ending = [&](const Ending& e, const std::string& name) {
      if (e.report.ok()) return absl::StrCat(name, " goes on and breaks nothing");
      const Violation& violation = e.report.violations().front();
      return absl::StrCat(name, " breaks ", std::string(Info(violation.invariant).slug), " (",
                          violation.what, ")");
    };
    difference.moment = i < a.moments.size()   ? a.moments[i]
                        : i < b.moments.size() ? b.moments[i]
                        : a.moments.empty()    ? Moment{}
                                               : a.moments.back();
    difference.what = absl::StrCat("up to there the same; ", ending(a, names.first), "; ",
                                   ending(b, names.second));
    return difference;
  }
  difference.moment = a.moments[i];
  Recorder whole_a(i);
  Recorder whole_b(i);
  const Played play_a = Play(scenario, target, one, &whole_a);
  const Played play_b = Play(others, target, other, &whole_b);
  const Geometry& g = play_a.state->geometry();
  const auto [ra, rb] = std::ranges::mismatch(whole_a.records, whole_b.records);
  // The first that differs, and what comes after it: often that tells what it should be.
  constexpr int kShown = 3;
  const auto text = [&](const std::vector<StateRecord>& records, auto it) {
    std::string out;
    for (int shown = 0; shown < kShown && it != records.end(); ++shown, ++it) {
      absl::StrAppend(&out, out.empty() ? "" : " | ", Describe(*it, g));
    }
    return out.empty() ? std::string("nothing more") : out;
  };
  if (ra != whole_a.records.end()) difference.aspect = ra->aspect;
  if (rb != whole_b.records.end() &&
      (!difference.aspect.has_value() || rb->aspect < *difference.aspect)) {
    difference.aspect = rb->aspect;
  }
  difference.where = WhereTheyDiffer(ra != whole_a.records.end() ? &*ra : nullptr,
                                     rb != whole_b.records.end() ? &*rb : nullptr, g);
  difference.what = absl::StrCat(WhenText(difference.moment, scenario), ": ", names.first, " has ",
                                 text(whole_a.records, ra), "; ", names.second, " has ",
                                 text(whole_b.records, rb));
  return difference;
}

}  // namespace khofuzz
