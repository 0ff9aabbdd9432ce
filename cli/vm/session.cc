#include "cli/vm/session.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/map/units.h"
#include "core/preserve/preserve.h"
#include "core/sizes.h"
#include "scenario/language/ops.h"

namespace khofuzz {
namespace {

constexpr uint64_t kKhoMagic = 0x4b484f50;         // "KHOP", kernel/liveupdate/kexec_handover.c
constexpr uint64_t kMaxVmRun = uint64_t{1} << 22;  // pages
constexpr uint64_t kMaxVmBlocks = 4096;            // of a vmalloc area
constexpr uint64_t kMaxVmSubtrees = 128;

// Something that a kernel holds, has preserved, or was handed.
struct Thing {
  enum class What : uint8_t { kFolio, kPages, kVmalloc } what = What::kPages;
  PhysAddr at;
  uint64_t pages = 0;
  bool huge = false;   // kVmalloc: of order 9
  uint64_t area = 0;   // kVmalloc: its virtual address, in this kernel
  std::string kept{};  // kVmalloc: "FIRST PAGES FLAGS ORDER", as it is restored by
  uint64_t seed = 0;   // of its content
  std::string subtree{};
  bool restored = false;
  bool failed = false;  // to be restored, for want of an allocation

  AddrRange range() const { return {at, at + pages * kPage4K}; }
};

// "node=1|zone=1" of a page's flags, as printk() names them.
std::string PlaceIn(const std::string& flags) {
  const size_t node = flags.find("node=");
  return node == flags.npos ? "nowhere" : flags.substr(node, flags.find(')', node) - node);
}

std::string Hex(uint64_t value) { return absl::StrFormat("0x%x", value); }

class Session {
 public:
  Session(const Scenario& scenario, const VmScript& script, Guest& guest, const std::string& always,
          const VmLimits& limits, const std::function<void(const std::string&)>& progress)
      : scenario_(scenario),
        script_(script),
        guest_(guest),
        always_(always),
        limits_(limits),
        progress_(progress) {}

  VmResult Run() {
    for (size_t i = 0; i < script_.kernels.size() && !over_; ++i) {
      kernel_ = i + 1;
      result_.kernels.emplace_back();
      Tell(absl::StrCat("kernel ", kernel_, " boots"));
      BootUp();
      for (const size_t op : script_.kernels[i].ops) {
        if (over_) break;
        op_ = op;
        cut_.clear();
        std::visit([this](const auto& one) { Do(one); },
                   static_cast<const OpVariant&>(scenario_.ops[op]));
      }
      op_.reset();
    }
    if (!over_) (void)guest_.Ask("off", limits_.answer_seconds);
    return std::move(result_);
  }

 private:
  void Tell(const std::string& what) const {
    if (progress_) progress_(what);
  }

  // ---- what ends a session ----

  void End(VmResult::End end, std::string why) {
    if (std::exchange(over_, true)) return;
    result_.end = end;
    result_.why = std::move(why);
    result_.end_op = op_;
  }
  void EndBy(const absl::Status& status) {
    const std::string message(status.message());
    if (absl::IsDeadlineExceeded(status)) return End(VmResult::End::kSilent, message);
    if (absl::IsUnavailable(status)) return End(VmResult::End::kDied, message);
    End(VmResult::End::kTrouble, message);
  }

  // nullopt: the guest is over.
  std::optional<GuestAnswer> Ask(const std::string& line) {
    if (over_) return std::nullopt;
    auto answer = guest_.Ask(line, limits_.answer_seconds);
    if (answer.ok()) return *std::move(answer);
    EndBy(answer.status());
    return std::nullopt;
  }
  // A call of KHO's own: the one that an op `fail` is about.
  std::optional<GuestAnswer> Call(const std::string& call) { return Ask("call " + call); }
  std::optional<GuestAnswer> KhoCall(const std::string& call) {
    if (!fail_after_.has_value()) return Call(call);
    const uint64_t after = *std::exchange(fail_after_, std::nullopt);
    return Ask(absl::StrCat("call-failing ", after, " ", call));
  }

  // ---- what an op came to ----

  void Note(VmOp::How how, std::string what) {
    result_.ops.push_back({*op_, kernel_, how, std::exchange(cut_, {}) + what});
  }
  // `fits`, and where `value` is another the op's text says so.
  uint64_t Fit(std::string_view what, uint64_t value, uint64_t fits) {
    if (fits != value) {
      absl::StrAppend(&cut_, "cut to fit: ", std::string(what), " ", value, " to ", fits, "; ");
    }
    return fits;
  }
  void Played(std::string what) { Note(VmOp::How::kPlayed, std::move(what)); }
  void Refused(const GuestAnswer& answer, std::string_view what) {
    Note(VmOp::How::kRefused, absl::StrCat(std::string(what), ": ", ErrorText(answer)));
  }
  void NoEffect(std::string what) { Note(VmOp::How::kNoEffect, std::move(what)); }
  void Broken(Invariant invariant, std::string what) {
    result_.violations.push_back(
        {.invariant = invariant, .kernel = kernel_, .op = op_, .what = std::move(what)});
  }

  // ---- boots ----

  void BootUp() {
    const absl::Status ready = guest_.AwaitReady(limits_.boot_seconds);
    if (!ready.ok()) return EndBy(ready);
    KernelSeen& seen = result_.kernels.back();
    seen.up = true;
    const auto state = Call("state");
    if (!state.has_value()) return;
    seen.kho = state->Number(0) != 0;
    seen.handover = state->Number(1) != 0;
    for (const ReserveMemRequest& request : script_.kernels[kernel_ - 1].plan.reserve_mem) {
      const auto area = Call("reserve_mem " + request.name);
      if (!area.has_value()) return;
      if (!area->ok()) continue;  // there is none of that name
      const PhysAddr begin{area->Number(0)};
      seen.reserve_mem.emplace_back(request.name, AddrRange{begin, begin + area->Number(1)});
      CheckRevived(seen);
    }
    areas_ = seen.reserve_mem;
    for (const GuestFile& file : kGuestFiles) {
      auto content = guest_.ReadFile(file.path, limits_.answer_seconds);
      if (content.ok()) {
        seen.files.emplace(std::string(file.name), *std::move(content));
      } else if (!absl::IsNotFound(content.status())) {
        return EndBy(content.status());
      }
    }
    if (const absl::Status taken = TakeFiles(seen); !taken.ok()) return EndBy(taken);
    CheckNotPreserved(seen);
    CheckKept();
  }

  // What firmware keeps where there is no memory has struct pages like those of the hole around it.
  void CheckKept() {
    const auto is_memory = [this](AddrRange range) {
      return std::ranges::any_of(script_.machine.banks, [&](const Machine::Bank& bank) {
        return bank.range.Overlaps(range);
      });
    };
    for (const AddrRange& kept : script_.machine.firmware) {
      if (kept.begin.value < kPage4K || is_memory({kept.begin - kPage4K, kept.end})) continue;
      const auto own = Call("page " + Hex(kept.begin.value));
      if (!own.has_value()) return;
      const auto before = Call("page " + Hex(kept.begin.value - kPage4K));
      if (!before.has_value()) return;
      if (!own->ok() || !before->ok() || PlaceIn(own->Text(2)) == PlaceIn(before->Text(2)))
        continue;
      Broken(Invariant::kInitOnce,
             absl::StrCat(FormatRange(kept), ", which firmware keeps where there is no memory, is ",
                          PlaceIn(own->Text(2)), ", and the hole before it ",
                          PlaceIn(before->Text(2))));
      result_.violations.back().evidence = {
          absl::StrCat(Hex(kept.begin.value), ": page->flags ", own->Text(2)),
          absl::StrCat(Hex(kept.begin.value - kPage4K), ": page->flags ", before->Text(2))};
    }
  }

  // An area of reserve_mem= that is where it was in the kernel before is preserved to its end: its
  // last page lies in a block that begins in it and whose first page carries KHO's magic.
  void CheckRevived(const KernelSeen& seen) {
    const auto& [name, area] = seen.reserve_mem.back();
    if (!seen.handover || kernel_ < 2 || area.empty()) return;
    const auto& before = result_.kernels[kernel_ - 2].reserve_mem;
    if (std::ranges::find(before, seen.reserve_mem.back()) == before.end()) return;
    const uint64_t first = area.begin.value / kPage4K, last = (area.end.value - 1) / kPage4K;
    std::optional<GuestAnswer> page;
    std::string end;
    uint64_t head = last + 1;
    for (unsigned order = 0; head > 0 && last >> order << order >= first; ++order) {
      if (last >> order << order != head) {
        head = last >> order << order;
        page = Call("page " + Hex(head * kPage4K));
        if (!page.has_value() || !page->ok()) return;
      }
      if (page->Number(0) == (kKhoMagic << 32 | order)) return;
      if (order > 0) continue;
      end = absl::StrCat(Hex(head * kPage4K), ": page->private ", Hex(page->Number(0)), ", count ",
                         page->Number(1), ", flags ", page->Text(2));
    }
    Broken(Invariant::kTreeIsSet, absl::StrCat("reserve_mem= area ", name, ", ", FormatRange(area),
                                               ", is handed over, and the page at its end, ",
                                               Hex(last * kPage4K), ", was not preserved"));
    result_.violations.back().evidence = {
        absl::StrCat("reserve_mem_find_by_name(\"", name, "\"): ", FormatRange(area)), end};
  }

  // Memory that the kernel before has not preserved is not preserved here: its first page does not
  // carry KHO's magic.
  void CheckNotPreserved(const KernelSeen& seen) {
    if (!seen.handover) return;
    for (const NotPreserved& lost : result_.not_preserved) {
      if (lost.kernel + 1 != kernel_) continue;
      const auto page = Call(absl::StrCat("page ", Hex(lost.range.begin.value)));
      if (!page.has_value()) return;
      if (!page->ok() || page->Number(0) >> 32 != kKhoMagic) continue;
      Broken(lost.invariant,
             absl::StrCat(FormatRange(lost.range), ", ", lost.why, " in kernel ", lost.kernel,
                          ", is inherited as preserved, order ", page->Number(0) & 0xffffffff));
      result_.violations.back().evidence.push_back(absl::StrCat(
          "page->private of its first page is ", Hex(page->Number(0)), ", KHO's magic"));
      for (const auto& [name, area] : seen.reserve_mem) {
        if (!area.Overlaps(lost.range)) continue;
        result_.violations.back().evidence.push_back(
            absl::StrCat("reserve_mem_find_by_name(\"", name, "\"): ", FormatRange(area)));
      }
    }
  }

  void Do(const op::Kexec&) {
    const VmKernel& next = script_.kernels[kernel_];
    const auto loaded = Ask(absl::StrCat("load ", always_, " ", CommandLineOf(script_, next)));
    if (!loaded.has_value()) return;
    if (!loaded->ok()) {
      Refused(*loaded, "kexec_file_load");
      return End(VmResult::End::kRefused,
                 absl::StrCat("the next kernel cannot be loaded: ", ErrorText(*loaded)));
    }
    const auto went = Ask("kexec");
    if (!went.has_value()) return;
    Played("the next kernel is loaded and started");
    incoming_ = std::exchange(outgoing_, {});
    held_.clear();
    fail_after_.reset();
  }

  // ---- pages ----

  uint64_t EndPfn() const { return script_.machine.span().end.value / kPage4K; }

  // The first free place at or above a page; noted where there is none.
  std::optional<Thing> NewPages(Thing::What what, uint64_t pfn, uint64_t pages, int64_t node,
                                bool movable) {
    const auto answer = Call(absl::StrCat("alloc ", Fit("page", pfn, pfn % EndPfn()), " ", EndPfn(),
                                          " ", pages, " ", what == Thing::What::kFolio ? 1 : 0, " ",
                                          node, " ", movable ? 1 : 0));
    if (!answer.has_value()) return std::nullopt;
    if (!answer->ok()) {
      Refused(*answer, "no such free pages");
      return std::nullopt;
    }
    Thing thing{.what = what, .at = PhysAddr{answer->Number(0)}, .pages = pages, .seed = ++seeds_};
    if (!Call(absl::StrCat("fill ", Hex(thing.at.value), " ", pages, " ", Hex(thing.seed))))
      return std::nullopt;
    return thing;
  }

  void Preserve(Thing thing) {
    std::optional<GuestAnswer> answer;
    switch (thing.what) {
      case Thing::What::kFolio:
        answer = KhoCall(absl::StrCat("preserve_folio ", Hex(thing.at.value)));
        break;
      case Thing::What::kPages:
        answer = KhoCall(absl::StrCat("preserve_pages ", Hex(thing.at.value), " ", thing.pages));
        break;
      case Thing::What::kVmalloc:
        answer = KhoCall(absl::StrCat("preserve_vmalloc ", Hex(thing.area)));
        break;
    }
    if (!answer.has_value()) return;
    if (!answer->ok()) {
      Refused(*answer, absl::StrCat("preserving ", FormatRange(thing.range())));
      ForgetNotPreserved(thing.range());
      result_.not_preserved.push_back(
          {*op_, kernel_, thing.range(), "which could not be preserved"});
      held_.push_back(std::move(thing));
      return;
    }
    if (thing.what == Thing::What::kVmalloc) {
      thing.kept = absl::StrCat(Hex(answer->Number(0)), " ", answer->Number(1), " ",
                                answer->Number(2), " ", answer->Number(3));
    }
    ForgetNotPreserved(thing.range());
    Played(absl::StrCat(FormatRange(thing.range()), " is preserved"));
    thing.restored = false;  // by the next kernel
    outgoing_.push_back(std::move(thing));
  }

  // It is preserved again, or that is tried.
  void ForgetNotPreserved(AddrRange range) {
    std::erase_if(result_.not_preserved, [&](const NotPreserved& lost) {
      return lost.kernel == kernel_ && lost.range.Overlaps(range);
    });
  }

  template <typename O>
  void Do(const O&) {
    NoEffect("not played");  // ScriptOf() lets none of them through
  }
  void Do(const op::Fail& op) {
    // The area that kho_restore_vmalloc() asks vmalloc for comes after an array of its pages.
    const bool vmap = op::kFaultSiteNames[op.site % op::kFaultSiteNames.size()] == "vmap";
    fail_after_ = op.k + (vmap ? 1 : 0);
    Played("the next call of KHO's meets a failing allocation");
  }
  void Do(const op::PreserveFolio& op) {
    const uint64_t order = Fit("order", op.order, op.order % 20);
    if (auto thing = NewPages(Thing::What::kFolio, op.pfn, uint64_t{1} << order, -1, false)) {
      Preserve(*std::move(thing));
    }
  }
  void Do(const op::PreservePages& op) {
    if (op.nr == 0) return NoEffect("no pages are asked for");
    const uint64_t pages = Fit("pages", op.nr, std::min(op.nr, kMaxVmRun));
    if (auto thing = NewPages(Thing::What::kPages, op.pfn, pages, -1, false)) {
      Preserve(*std::move(thing));
    }
  }
  void Do(const op::PreserveVmalloc& op) {
    const uint64_t pages = Fit("blocks", op.nr, std::clamp<uint64_t>(op.nr, 1, kMaxVmBlocks))
                           << op.order;
    Thing thing{
        .what = Thing::What::kVmalloc, .pages = pages, .huge = op.order != 0, .seed = ++seeds_};
    const auto answer =
        Call(absl::StrCat("vmalloc ", pages, " ", thing.huge ? 1 : 0, " ", Hex(thing.seed)));
    if (!answer.has_value()) return;
    if (!answer->ok()) return Refused(*answer, "vmalloc()");
    thing.area = answer->Number(0);
    thing.at = PhysAddr{answer->Number(1)};
    // Of what lies where, only the first block is known.
    if (!thing.huge) thing.pages = 1;
    if (thing.huge) thing.pages = std::min<uint64_t>(pages, 512);
    Preserve(std::move(thing));
  }
  void Do(const op::PreserveHeld& op) {
    if (held_.empty()) return NoEffect("the kernel holds nothing that could be preserved");
    Preserve(Take(held_, op.index));
  }
  void Do(const op::AllocPages& op) {
    const uint64_t pages = uint64_t{1} << Fit("order", op.order, op.order % 11);
    int64_t node = -1;
    if (op.nid != kAnyNode) {
      const auto nodes = static_cast<uint64_t>(script_.machine.node_count());
      const auto nid = static_cast<NodeId>(Fit("node", op.nid, op.nid % nodes));
      const auto known = std::ranges::find(script_.nodes, nid, &VmNode::nid);
      node = known - script_.nodes.begin();
    }
    auto thing = NewPages(Thing::What::kFolio, op.pfn, pages, node, op.movable);
    if (!thing.has_value()) return;
    Played(absl::StrCat(FormatRange(thing->range()), " is allocated"));
    held_.push_back(*std::move(thing));
  }
  void Do(const op::FreePages& op) {
    if (held_.empty()) return NoEffect("the kernel holds nothing that could be freed");
    const Thing thing = Take(held_, op.index);
    const auto answer = thing.what == Thing::What::kVmalloc
                            ? Call(absl::StrCat("free_vmalloc ", Hex(thing.area)))
                            : Call(absl::StrCat("free ", Hex(thing.at.value), " ", thing.pages, " ",
                                                thing.what == Thing::What::kFolio ? 1 : 0));
    if (answer.has_value()) Played(absl::StrCat(FormatRange(thing.range()), " is free"));
  }
  void Do(const op::FreeReserved& op) {
    if (areas_.empty()) return NoEffect("there is no reserve_mem= area");
    const auto at = areas_.begin() + static_cast<std::ptrdiff_t>(op.index % areas_.size());
    const auto [name, area] = *at;
    const auto answer = Call("release_reserve_mem " + name);
    if (!answer.has_value()) return;
    const std::string call = absl::StrCat("reserve_mem_release_by_name(\"", name, "\")");
    if (!answer->ok()) return Refused(*answer, call);
    areas_.erase(at);
    Played(absl::StrCat(call, ": ", FormatRange(area), " is free"));
    result_.not_preserved.push_back(
        {*op_, kernel_, area, absl::StrCat("which ", call, " released"), Invariant::kTreeIsSet});
  }
  void Do(const op::Unpreserve& op) {
    if (outgoing_.empty()) return NoEffect("nothing is preserved");
    Thing thing = Take(outgoing_, op.index);
    if (!thing.subtree.empty() && !RemoveSubtree(thing)) return;
    std::string call;
    switch (thing.what) {
      case Thing::What::kFolio:
        call = absl::StrCat("unpreserve_folio ", Hex(thing.at.value));
        break;
      case Thing::What::kPages:
        call = absl::StrCat("unpreserve_pages ", Hex(thing.at.value), " ", thing.pages);
        break;
      case Thing::What::kVmalloc:
        call = absl::StrCat("unpreserve_vmalloc ", thing.kept);
        break;
    }
    if (!Call(call).has_value()) return;
    Played(absl::StrCat(FormatRange(thing.range()), " is preserved no more"));
    result_.not_preserved.push_back({*op_, kernel_, thing.range(), "which was unpreserved"});
    held_.push_back(std::move(thing));
  }
  void Do(const op::AddSubtree& op) {
    const uint64_t copies =
        Fit("subtrees", op.copies, std::clamp<uint64_t>(op.copies, 1, kMaxVmSubtrees));
    const uint64_t size = Fit("bytes", op.size, std::min<uint64_t>(op.size, kPage4K));
    for (uint64_t i = 0; i < copies && !over_; ++i) {
      auto thing = NewPages(Thing::What::kFolio, 0, 1, -1, false);
      if (!thing.has_value()) return;
      const size_t before = outgoing_.size();
      Preserve(*std::move(thing));
      if (outgoing_.size() == before) return;
      Thing& blob = outgoing_.back();
      const std::string name = i == 0 ? op.name : absl::StrCat(op.name, i);
      const auto added =
          KhoCall(absl::StrCat("add_subtree ", name, " ", Hex(blob.at.value), " ", size));
      if (!added.has_value()) return;
      if (!added->ok()) {
        Refused(*added, absl::StrCat("kho_add_subtree(", name, ")"));
        return;
      }
      blob.subtree = name;
    }
  }
  bool RemoveSubtree(Thing& thing) {
    thing.subtree.clear();
    return Call(absl::StrCat("remove_subtree ", Hex(thing.at.value))).has_value();
  }
  void Do(const op::RemoveSubtree& op) {
    std::vector<Thing*> added;
    for (Thing& thing : outgoing_) {
      if (!thing.subtree.empty()) added.push_back(&thing);
    }
    if (added.empty()) return NoEffect("no subtree was added");
    Thing& thing = *added[static_cast<size_t>(op.index % added.size())];
    const std::string name = thing.subtree;
    if (RemoveSubtree(thing)) Played(absl::StrCat("subtree ", name, " is removed"));
  }

  // ---- restoring ----

  void Do(const op::Restore& op) {
    if (incoming_.empty()) return NoEffect("nothing was handed over to this kernel");
    Thing& thing = incoming_[static_cast<size_t>(op.index % incoming_.size())];
    if (op.how != 0) return RestoreShifted(thing);
    std::string call;
    switch (thing.what) {
      case Thing::What::kFolio:
        call = absl::StrCat("restore_folio ", Hex(thing.at.value));
        break;
      case Thing::What::kPages:
        call = absl::StrCat("restore_pages ", Hex(thing.at.value), " ", thing.pages);
        break;
      case Thing::What::kVmalloc:
        call = absl::StrCat("restore_vmalloc ", thing.kept, " ", Hex(thing.seed));
        break;
    }
    const std::vector<GuestZone> before = Zones();
    const bool failing = fail_after_.has_value();
    const auto answer = KhoCall(call);
    if (!answer.has_value()) return;
    const std::string range = FormatRange(thing.range());
    if (thing.restored) {
      if (answer->ok()) return Broken(Invariant::kRoundTrip, range + " is restored a second time");
      return Note(VmOp::How::kRefused, "as it must be: it was restored before");
    }
    if (!IsMemory(thing.range())) {
      if (!answer->ok()) return Note(VmOp::How::kRefused, "as it must be: its memory is gone");
      return Broken(Invariant::kRoundTrip,
                    range + " is restored, but this machine does not have all of it");
    }
    if (!answer->ok()) {
      Refused(*answer, absl::StrCat("restoring ", range));
      if (failing) {
        thing.failed = true;
        return;
      }
      if (thing.failed) {
        return Broken(Invariant::kUndo,
                      absl::StrCat(range,
                                   " is refused, since a restore that failed has taken "
                                   "some of it: ",
                                   ErrorText(*answer)));
      }
      return Broken(Invariant::kRoundTrip,
                    absl::StrCat(range, " was handed over and is refused: ", ErrorText(*answer)));
    }
    thing.restored = true;
    // The pages of a vmalloc area are known of their first block only.
    if (thing.what != Thing::What::kVmalloc && CheckBlocks(thing)) CheckZones(thing, before);
    CheckContent(thing, *answer);
    Played(absl::StrCat(range, " is restored"));
    held_.push_back(thing);
    if (thing.what == Thing::What::kVmalloc) held_.back().area = answer->Number(0);
  }

  std::vector<GuestZone> Zones() {
    if (over_) return {};
    const auto text = guest_.ReadFile("/proc/zoneinfo", limits_.answer_seconds);
    if (text.ok()) return ZonesOf(*text);
    if (!absl::IsNotFound(text.status())) EndBy(text.status());
    return {};
  }

  // A run that lies on several nodes was preserved in blocks of one node each; all of them are
  // restored. Else it was cut as kho_restore_pages() goes, whose answer says enough.
  bool CheckBlocks(const Thing& thing) {
    const Machine& machine = script_.machine;
    const PfnRange pages{machine.geometry.PfnDown(thing.at),
                         machine.geometry.PfnUp(thing.range().end)};
    const auto whole = [&machine](PfnRange block) {
      return machine.OnOneNode(machine.geometry.ToAddr(block));
    };
    if (thing.what != Thing::What::kPages || whole(pages)) return true;
    for (const Preservation& block : PreservationsOf(pages, machine.geometry, whole)) {
      const auto page = Call("page " + Hex(block.phys.value));
      if (!page.has_value()) return false;
      if (!page->ok() || page->Number(0) >> 32 != kKhoMagic) continue;
      Broken(
          Invariant::kRoundTrip,
          absl::StrCat("restoring ", FormatRange(thing.range()), " steps over the block of order ",
                       block.order, " at ", Hex(block.phys.value), ", on another node"));
      result_.violations.back().evidence.push_back(absl::StrCat(
          "page->private of its first page is still ", Hex(page->Number(0)), ", KHO's magic"));
      return false;
    }
    return true;
  }

  // Each zone manages what it got back.
  void CheckZones(const Thing& thing, const std::vector<GuestZone>& before) {
    const PfnRange pfns{Pfn{thing.at.value / kPage4K}, Pfn{thing.at.value / kPage4K + thing.pages}};
    std::vector<std::string> wrong = MiscountedZones(before, Zones(), pfns);
    if (wrong.empty()) return;
    Broken(Invariant::kAccounting,
           absl::StrCat("restoring ", FormatRange(thing.range()), " is counted in the wrong zone"));
    for (std::string& line : wrong) {
      result_.violations.back().evidence.push_back("/proc/zoneinfo: " + line);
    }
  }

  bool IsMemory(AddrRange range) const {
    const auto& banks = script_.kernels[kernel_ - 1].plan.banks;
    const auto& kept = script_.kernels[kernel_ - 1].plan.firmware;
    return std::ranges::any_of(banks,
                               [&](const BootBank& bank) { return bank.range.Overlaps(range); }) &&
           std::ranges::none_of(kept, [&](const AddrRange& one) { return one.Overlaps(range); });
  }

  void CheckContent(const Thing& thing, const GuestAnswer& restored) {
    uint64_t bad = restored.Number(1), first = restored.Number(2);
    if (thing.what != Thing::What::kVmalloc) {
      if (restored.Number(0) != thing.at.value) {
        Broken(Invariant::kRoundTrip, absl::StrCat("restoring ", FormatRange(thing.range()),
                                                   " gives ", Hex(restored.Number(0))));
      }
      const auto answer =
          Call(absl::StrCat("check ", Hex(thing.at.value), " ", thing.pages, " ", Hex(thing.seed)));
      if (!answer.has_value() || !answer->ok()) return;
      bad = answer->Number(0);
      first = answer->Number(1);
    }
    if (bad == 0) return;
    Broken(Invariant::kHandoverUntouched,
           absl::StrCat(bad, " of the pages of ", FormatRange(thing.range()),
                        " do not have their content, page ", first, " of it first"));
  }

  void RestoreShifted(const Thing& thing) {
    if (thing.what == Thing::What::kVmalloc) {
      return NoEffect("a vmalloc area is asked for by its chunks, not by a range");
    }
    const std::string at = Hex(thing.at.value + kPage4K);
    const auto page = Call("page " + at);
    if (!page.has_value()) return;
    if (page->ok() && page->Number(0) >> 32 == kKhoMagic) {
      return NoEffect("the page after it is another preservation's first");
    }
    const auto answer =
        Call(thing.what == Thing::What::kFolio ? absl::StrCat("restore_folio ", at)
                                               : absl::StrCat("restore_pages ", at, " 1"));
    if (!answer.has_value()) return;
    if (!answer->ok()) {
      return Note(VmOp::How::kRefused, "as it must be: the range was not preserved as such");
    }
    Broken(Invariant::kRoundTrip,
           absl::StrCat(at, " was not preserved as such and is restored all the same"));
  }

  static Thing Take(std::vector<Thing>& from, uint64_t index) {
    const auto at = from.begin() + static_cast<std::ptrdiff_t>(index % from.size());
    Thing thing = std::move(*at);
    from.erase(at);
    return thing;
  }

  const Scenario& scenario_;
  const VmScript& script_;
  Guest& guest_;
  const std::string always_;
  const VmLimits limits_;
  const std::function<void(const std::string&)>& progress_;
  VmResult result_;
  size_t kernel_ = 0;
  std::optional<size_t> op_;
  bool over_ = false;
  std::string cut_;  // of the op that is played
  std::optional<uint64_t> fail_after_;
  uint64_t seeds_ = 0;
  std::vector<std::pair<std::string, AddrRange>> areas_;  // of reserve_mem=, not released
  std::vector<Thing> held_, outgoing_, incoming_;
};

std::vector<VmViolation> Joined(std::vector<VmViolation> first, std::vector<VmViolation> then) {
  for (VmViolation& one : then) first.push_back(std::move(one));
  return first;
}

// A kernel that does not come up, or is gone, by its own last words.
VmViolation DeathOf(const VmResult& result) {
  const KernelSeen& last = result.kernels.back();
  const bool silent = result.end == VmResult::End::kSilent;
  VmViolation violation{
      .invariant = last.up ? Invariant::kKernelRuns : Invariant::kBootCompletes,
      .kernel = result.kernels.size(),
      .op = result.end_op,
      .what = DeathIn(last.console)
                  .value_or(silent ? "nothing is heard of it any more" : "the machine went off")};
  for (const std::string& line : TellingLines(last.console)) {
    violation.evidence.push_back("log: " + line);
  }
  constexpr size_t kCalls = 8;
  if (const auto calls = CallTraceIn(last.console, kCalls); !calls.empty()) {
    violation.evidence.push_back("log: in " + absl::StrJoin(calls, ", called by "));
  }
  return violation;
}

}  // namespace

VmResult PlayScript(const Scenario& scenario, const VmScript& script, Guest& guest,
                    const std::string& always, const VmLimits& limits,
                    const std::function<void(const std::string&)>& progress) {
  return Session(scenario, script, guest, always, limits, progress).Run();
}

std::optional<size_t> LastHandover(const VmResult& result) {
  for (size_t i = result.kernels.size(); i > 1; --i) {
    if (result.kernels[i - 1].files.contains("kho.in.fdt")) return i - 1;
  }
  return std::nullopt;
}

void TakeConsole(std::string_view console, const VmScript& script, VmResult& result) {
  auto kernels = KernelsOfConsole(console);
  for (size_t i = 0; i < kernels.size() && i < result.kernels.size(); ++i) {
    result.kernels[i].console = std::move(kernels[i]);
  }
  // By kernel; what a boot shows is the cause of what its ops meet.
  std::vector<VmViolation> found;
  for (size_t i = 0; i < result.kernels.size(); ++i) {
    const KernelSeen& seen = result.kernels[i];
    if (seen.up) found = Joined(std::move(found), JudgeUp(seen, i + 1, script.machine.geometry));
    for (VmViolation& one : result.violations) {
      if (one.kernel == i + 1) found.push_back(std::move(one));
    }
  }
  if (result.end == VmResult::End::kDied || result.end == VmResult::End::kSilent) {
    found.push_back(DeathOf(result));
  }
  result.violations = std::move(found);
}

}  // namespace khofuzz
