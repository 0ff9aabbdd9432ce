#include "linux/tree.h"

#include <dlfcn.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "linux/source_line.h"
#include "linux/tree_values.h"

namespace khofuzz {
namespace {

TreeHost& HostOf(void* ctx) { return *static_cast<Tree*>(ctx)->host(); }

kf_host CallbacksOf(Tree* tree) {
  return {
      .ctx = tree,
      .init = [](void* c, uint64_t begin, uint64_t end, int nid, int zone, const kf_site* at,
                 void* caller) { HostOf(c).OnInit({{begin}, {end}}, nid, zone, at, caller); },
      .set_reserved = [](void* c, uint64_t pfn, int reserved, const kf_site* at,
                         void* caller) { HostOf(c).OnReserved(pfn, reserved != 0, at, caller); },
      .set_type = [](void* c, uint64_t pfn, int type, const kf_site* at,
                     void* caller) { HostOf(c).OnType(pfn, type, at, caller); },
      .refcount = [](void* c, uint64_t pfn, int count, const kf_site* at,
                     void* caller) { HostOf(c).OnRefcount(pfn, count, at, caller); },
      .read = [](void* c, uint64_t pfn, const kf_site* at,
                 void* caller) { HostOf(c).OnRead(pfn, at, caller); },
      .give_pages = [](void* c, uint64_t pfn, unsigned order, const kf_site* at,
                       void* caller) { HostOf(c).OnFree(pfn, order, at, caller); },
      .memblock_alloc = [](void* c, uint64_t begin, uint64_t end, const kf_site* at,
                           void* caller) { HostOf(c).OnMemblockAlloc(begin, end, at, caller); },
      .memblock_refused = [](void* c, uint64_t bytes, uint64_t align, int nid, int exact_nid,
                             const kf_site* at,
                             void*) { HostOf(c).OnRefused(bytes, align, nid, exact_nid != 0, at); },
      .fault = [](void* c, int site) { return HostOf(c).Fault(site) ? 1 : 0; },
      .take_pages = [](void* c, unsigned order, int tree_node, int nid, const kf_site* at,
                       void*) { return HostOf(c).AllocPages(order, tree_node != 0, nid, at); },
      .run_job = [](void* c, const kf_job* job) { HostOf(c).RunJob(*job); },
      .hugetlb_alloc = [](void* c) { HostOf(c).HugetlbAlloc(); },
      .hugetlb_init = [](void* c) { HostOf(c).HugetlbInit(); },
      .point = [](void* c,
                  int point) { return HostOf(c).OnPoint(static_cast<kf_point>(point)) ? 0 : 1; },
      .warn = [](void* c, const char* what, const kf_site* at) { HostOf(c).OnWarn(what, at); },
      .print = [](void* c, const char* text) { HostOf(c).OnPrint(text); },
      .stop = [](void* c, int kind, const char* what,
                 const kf_site* at) { HostOf(c).OnStop(static_cast<kf_stop>(kind), what, at); },
  };
}

}  // namespace

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
  tree->callbacks_ = CallbacksOf(tree.get());
  tree->calls_ = open(&tree->callbacks_);
  if (tree->calls_ == nullptr || tree->calls_->abi != KF_ABI_VERSION) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": built for another khofuzz, build it again"));
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

std::string_view Tree::Who(const kf_site* at, void* caller) {
  if (at == nullptr) return {};
  if (!telling_) caller = nullptr;
  Answer& answer = answers_[reinterpret_cast<uintptr_t>(at) / sizeof(kf_site) % answers_.size()];
  if (answer.at != at || answer.caller != caller) answer = {at, caller, LookUp(at, caller)};
  return answer.name;
}

std::string_view Tree::LookUp(const kf_site* at, void* caller) {
  std::unique_ptr<Place>& place = places_[{at, caller}];
  if (place == nullptr) {
    place = std::make_unique<Place>(Place{at->function, khofuzz::SourceOf(*at)});
    if (caller != nullptr) {
      if (auto line = LineOfAddress(path_, caller); line.has_value()) {
        *place = {std::move(line->function), std::move(line->source)};
      }
    }
    by_name_[place->function.data()] = place.get();
  }
  return place->function;
}

std::string_view Tree::SourceOf(std::string_view who) const {
  const auto found = by_name_.find(who.data());
  return found == by_name_.end() ? std::string_view() : found->second->source;
}

Tree::~Tree() {
  if (handle_ != nullptr) dlclose(handle_);
}

}  // namespace khofuzz
