#include "linux/tree.h"

#include <dlfcn.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "linux/tree_values.h"

namespace khofuzz {
namespace {

TreeHost& HostOf(void* ctx) { return *static_cast<Tree*>(ctx)->host(); }
CallWatch& WatchOf(void* ctx) { return static_cast<Tree*>(ctx)->watch(); }

// What stands for the calls that led to a callback: of that whose frame it is.
void* CallsTo(void* ctx, void* caller, const void* frame) {
  return static_cast<Tree*>(ctx)->CallsTo(caller, frame);
}

kf_host CallbacksOf(Tree* tree) {
  // Each callback's own frame: the tree's code has called it.
  return {
      .ctx = tree,
      .init = [](void* c, uint64_t begin, uint64_t end, int nid, int zone, const kf_site* at,
                 void* calls) { HostOf(c).OnInit({{begin}, {end}}, nid, zone, at, calls); },
      .set_reserved =
          [](void* c, uint64_t pfn, int reserved, const kf_site* at, void* caller) {
            HostOf(c).OnReserved(pfn, reserved != 0, at,
                                 CallsTo(c, caller, __builtin_frame_address(0)));
          },
      .set_type =
          [](void* c, uint64_t pfn, int type, const kf_site* at, void* caller) {
            HostOf(c).OnType(pfn, type, at, CallsTo(c, caller, __builtin_frame_address(0)));
          },
      .refcount =
          [](void* c, uint64_t pfn, int count, const kf_site* at, void* caller) {
            HostOf(c).OnRefcount(pfn, count, at, CallsTo(c, caller, __builtin_frame_address(0)));
          },
      .read =
          [](void* c, uint64_t pfn, const kf_site* at, void* caller) {
            HostOf(c).OnRead(pfn, at, CallsTo(c, caller, __builtin_frame_address(0)));
          },
      .give_pages = [](void* c, uint64_t begin, uint64_t end, const kf_site* at,
                       void* calls) { HostOf(c).OnFree({{begin}, {end}}, at, calls); },
      .managed = nullptr,  // set_telling()
      .calls = [](void* c, void* caller) -> void* {
        return CallsTo(c, caller, __builtin_frame_address(0));
      },
      .memblock_alloc =
          [](void* c, uint64_t begin, uint64_t end, const kf_site* at, void* caller) {
            HostOf(c).OnMemblockAlloc(begin, end, at,
                                      CallsTo(c, caller, __builtin_frame_address(0)));
          },
      .memblock_refused =
          [](void* c, uint64_t bytes, uint64_t align, int nid, int exact_nid, const kf_site* at,
             void* caller) {
            HostOf(c).OnRefused(bytes, align, nid, exact_nid != 0, at,
                                CallsTo(c, caller, __builtin_frame_address(0)));
          },
      .fault =
          [](void* c, int site) {
            const bool fails = HostOf(c).Fault(site, __builtin_frame_address(0));
            if (fails) WatchOf(c).NoteFault();
            return fails ? 1 : 0;
          },
      .take_pages =
          [](void* c, unsigned order, int tree_node, int nid, const kf_site* at, void* caller) {
            return HostOf(c).AllocPages(order, tree_node != 0, nid, at,
                                        CallsTo(c, caller, __builtin_frame_address(0)));
          },
      .run_job = [](void* c, const kf_job* job) { HostOf(c).RunJob(*job); },
      .hugetlb_alloc = [](void* c) { HostOf(c).HugetlbAlloc(); },
      .hugetlb_init = [](void* c) { HostOf(c).HugetlbInit(); },
      .point = [](void* c,
                  int point) { return HostOf(c).OnPoint(static_cast<kf_point>(point)) ? 0 : 1; },
      .sleeps =
          [](void* c, const char* what, const kf_site* at, void* caller) {
            HostOf(c).OnSleeps(what, at, CallsTo(c, caller, __builtin_frame_address(0)));
          },
      .warn =
          [](void* c, const char* what, const kf_site* at) {
            HostOf(c).OnWarn(what, at, CallsTo(c, nullptr, __builtin_frame_address(0)));
          },
      .print = [](void* c, const char* text) { HostOf(c).OnPrint(text); },
      .stop = [](void* c, int kind, const char* what,
                 const kf_site* at) { HostOf(c).OnStop(static_cast<kf_stop>(kind), what, at); },
      .enter = [](void* c, const void* function, const uint64_t* args,
                  void* const* slot) { WatchOf(c).Enter(function, args, slot); },
      .leave = [](void* c, void* const* slot,
                  uint64_t* answer) { return WatchOf(c).Leave(slot, answer); },
  };
}

void TellManaged(void* c, uint64_t pfn, int nid, int zone, int64_t pages, const kf_site* at,
                 void* caller) {
  HostOf(c).OnManaged({pfn}, nid, zone, pages, at, CallsTo(c, caller, __builtin_frame_address(0)));
}

}  // namespace

void Tree::set_telling(bool on) {
  telling_ = on;
  callbacks_.managed = on ? TellManaged : nullptr;
}

absl::StatusOr<std::unique_ptr<Tree>> Tree::Load(const std::string& path) {
  std::unique_ptr<Tree> tree(new Tree(path));
  // Local: two trees define the same names.
  tree->handle_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (tree->handle_ == nullptr) {
    const char* why = dlerror();
    return absl::NotFoundError(absl::StrCat(path, ": ", why == nullptr ? "cannot load" : why));
  }
  const auto open = reinterpret_cast<decltype(&khofuzz_tree)>(dlsym(tree->handle_, "khofuzz_tree"));
  if (open == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": no khofuzz_tree() in it"));
  }
  tree->object_ = LoadedAt(reinterpret_cast<const void*>(open));
  tree->watch_ = std::make_unique<CallWatch>(path, tree->object_);
  tree->callbacks_ = CallbacksOf(tree.get());
  tree->calls_ = open(&tree->callbacks_);
  if (tree->calls_ == nullptr || tree->calls_->abi != KF_ABI_VERSION) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": built of other sources than this program: build khofuzz again"));
  }
  for (const absl::string_view one : absl::StrSplit(tree->calls_->lacks, ';', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> kind = absl::StrSplit(one, absl::MaxSplits('=', 1));
    tree->lacks_[kind.first] = absl::StrCat("this tree has no ", kind.second);
  }
  return tree;
}

std::string_view Tree::WhyNot(std::string_view what) const {
  const auto found = lacks_.find(std::string(what));
  return found == lacks_.end() ? std::string_view() : found->second;
}

Tree::Calls Tree::CallsFrom(const void* frame) const {
  // What a frame pointer leads to.
  struct Frame {
    const Frame* outer;
    const void* returns_to;
  };
  constexpr size_t kMost = 64;
  Calls calls;
  // Frames of ours need not have the pointers: it ends where the tree was called.
  for (const auto* at = static_cast<const Frame*>(frame);
       calls.size() < kMost && object_.Has(at->returns_to); at = at->outer) {
    calls.push_back(at->returns_to);
  }
  return calls;
}

void* Tree::CallsTo(void* caller, const void* frame) {
  if (!telling_) return caller;
  return const_cast<Calls*>(&*calls_seen_.insert(CallsFrom(frame)).first);
}

std::string_view Tree::CallersOf(const void* frame) {
  const auto [known, fresh] = callers_.try_emplace(CallsFrom(frame));
  if (!fresh) return known->second;
  LookUpFrames(path_, object_, known->first, frames_);
  for (const void* const address : known->first) {
    for (const SourceLine& line : frames_[address]) {
      absl::StrAppend(&known->second, known->second.empty() ? "" : "<", line.function);
    }
  }
  return known->second;
}

std::string_view Tree::Who(const kf_site* at, void* caller) {
  if (at == nullptr) return {};
  const Calls* const calls = telling_ ? static_cast<const Calls*>(caller) : nullptr;
  Answer& answer = answers_[reinterpret_cast<uintptr_t>(at) / sizeof(kf_site) % answers_.size()];
  if (answer.at != at || answer.caller != calls) answer = {at, calls, PlaceOf(at, calls)};
  return answer.name;
}

std::string_view Tree::PlaceOf(const kf_site* at, const Calls* calls) {
  std::unique_ptr<Place>& place = places_[{at, calls}];
  if (place == nullptr) {
    place = std::make_unique<Place>(Place{.function = at->function, .at = at, .calls = calls});
    by_name_[place->function.data()] = place.get();
  }
  return place->function;
}

// The place's function is one of those that were called: its line is where it calls on.
void Tree::LookUp(Place& place) const {
  if (std::exchange(place.looked_up, true)) return;
  place.source = khofuzz::SourceOf(*place.at);
  if (place.calls == nullptr) return;
  LookUpFrames(path_, object_, *place.calls, frames_);
  bool found = false;
  for (const void* const address : *place.calls) {
    for (const SourceLine& line : frames_[address]) {
      if (!found && line.function == place.function) {
        found = true;
        place.source = line.source;
      }
      place.trace.push_back(absl::StrCat(line.function, "() ", line.source));
    }
  }
}

const Tree::Place* Tree::Find(std::string_view who) const {
  const auto found = by_name_.find(who.data());
  if (found == by_name_.end()) return nullptr;
  LookUp(*found->second);
  return found->second;
}

std::string_view Tree::SourceOf(std::string_view who) const {
  if (const Place* const place = Find(who)) return place->source;
  if (!telling_) return {};
  // Its first line is not where anything was done.
  const std::string_view begin = BeginOf(who);
  return begin.substr(0, begin.rfind(':'));
}

std::string_view Tree::BeginOf(std::string_view function) const {
  const auto [known, fresh] = begins_.try_emplace(std::string(function));
  if (!fresh) return known->second;
  if (symbols_.empty()) symbols_ = ReadFunctionSymbols(path_);
  const auto symbol = std::ranges::find(
      symbols_, function, [](const auto& entry) -> std::string_view { return entry.second.name; });
  if (symbol == symbols_.end()) return {};
  // Lines are those of the calls before an address.
  const void* const inside = object_.base + symbol->first + 1;
  LookUpFrames(path_, object_, {inside}, frames_);
  const std::vector<SourceLine>& lines = frames_[inside];
  if (!lines.empty()) known->second = lines.back().source;
  return known->second;
}

std::vector<std::string> Tree::CallsOf(std::string_view who) const {
  const Place* const place = Find(who);
  return place == nullptr ? std::vector<std::string>() : place->trace;
}

Tree::~Tree() {
  if (handle_ != nullptr) dlclose(handle_);
}

}  // namespace khofuzz
