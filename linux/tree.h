// A Linux tree that was built into a shared object, loaded.
#ifndef KHOFUZZ_LINUX_TREE_H_
#define KHOFUZZ_LINUX_TREE_H_

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "core/address.h"
#include "linux/abi.h"
#include "linux/call_watch.h"
#include "linux/site_names.h"
#include "linux/source_line.h"
#include "linux/symbols.h"

namespace khofuzz {

// What a tree's code calls out for: the kernel that runs on it at the moment.
class TreeHost {
 public:
  virtual ~TreeHost() = default;

  virtual void OnInit(PfnRange pfns, int nid, int zone, const kf_site* at, void* caller) = 0;
  virtual void OnReserved(uint64_t pfn, bool reserved, const kf_site* at, void* caller) = 0;
  virtual void OnType(uint64_t pfn, int type, const kf_site* at, void* caller) = 0;
  virtual void OnRefcount(uint64_t pfn, int count, const kf_site* at, void* caller) = 0;
  virtual void OnRead(uint64_t pfn, const kf_site* at, void* caller) = 0;
  virtual void OnFree(PfnRange pfns, const kf_site* at, void* caller) = 0;
  virtual void OnManaged(Pfn pfn, int nid, int zone, int64_t pages, const kf_site* at,
                         void* caller) = 0;
  virtual void OnMemblockAlloc(uint64_t begin, uint64_t end, const kf_site* at, void* caller) = 0;
  virtual void OnRefused(uint64_t bytes, uint64_t align, int nid, bool exact_nid, const kf_site* at,
                         void* caller) = 0;
  // `frame` as Tree::CallersOf() takes it.
  virtual bool Fault(int site, const void* frame) = 0;
  virtual uint64_t AllocPages(unsigned order, bool tree_node, int nid, const kf_site* at,
                              void* caller) = 0;
  virtual void RunJob(const kf_job& job) = 0;
  virtual void HugetlbAlloc() = 0;
  virtual void HugetlbInit() = 0;
  // False: the boot ends here.
  virtual bool OnPoint(kf_point point) = 0;
  virtual void OnWarn(const char* what, const kf_site* at, void* caller) = 0;
  virtual void OnSleeps(const char* what, const kf_site* at, void* caller) = 0;
  virtual void OnPrint(const char* text) = 0;
  virtual void OnStop(kf_stop kind, const char* what, const kf_site* at) = 0;
};

class Tree final : public SiteNames {
 public:
  // NotFound, or what the dynamic linker has against it; FailedPrecondition if it was built for
  // another version of linux/abi.h.
  static absl::StatusOr<std::unique_ptr<Tree>> Load(const std::string& path);
  ~Tree() override;
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  const std::string& path() const { return path_; }
  const AddressSpan& loaded_at() const { return object_; }
  const kf_tree& calls() const { return *calls_; }
  // Why things of a kind ("vmalloc areas") are not played: the functions for them that this tree
  // does not have. Empty where it has them all.
  std::string_view WhyNot(std::string_view what) const;
  // Who answers from now on. A tree has one state, so one kernel at a time.
  void set_host(TreeHost* host) { host_ = host; }
  TreeHost* host() const { return host_; }

  // `caller`: while telling what CallsTo() gave, else anything.
  std::string_view Who(const kf_site* at, void* caller) override;
  // The line of the tree behind a name that Who() gave, "mm/mm_init.c:771", and the call trace
  // there, innermost first, "kho_mem_retrieve() kernel/liveupdate/kexec_handover.c:750". Any other
  // string has no trace; while telling, the file of the tree's function of that name stands for the
  // line.
  std::string_view SourceOf(std::string_view who) const;
  std::vector<std::string> CallsOf(std::string_view who) const;
  // Where the function begins, "mm/mm_init.c:1480"; empty where nobody knows.
  std::string_view BeginOf(std::string_view function) const;
  // From now on the calls that lead to what is told are noted, and looked up in the debug
  // information where they are asked for: slow, for stories.
  void set_telling(bool on);
  bool telling() const { return telling_; }
  // What stands for the calls that led to the function whose frame this is; `caller` where nobody
  // tells stories. A tree is built with frame pointers.
  void* CallsTo(void* caller, const void* frame);
  // The functions of the tree that have led to the one whose frame this is, those inlined among
  // them, innermost first and joined by '<'. Slow where they were not asked for before.
  std::string_view CallersOf(const void* frame);
  // What its functions answer each other.
  CallWatch& watch() { return *watch_; }

 private:
  explicit Tree(std::string path) : path_(std::move(path)) {}

  std::string path_;
  absl::flat_hash_map<std::string, std::string> lacks_;  // by kind
  void* handle_ = nullptr;
  const kf_tree* calls_ = nullptr;
  kf_host callbacks_{};
  TreeHost* host_ = nullptr;

  // Return addresses in the tree, innermost first.
  using Calls = std::vector<const void*>;
  // Something done at a place, by way of some calls.
  struct Place {
    std::string function;
    const kf_site* at = nullptr;
    const Calls* calls = nullptr;  // null: not noted
    bool looked_up = false;
    std::string source;
    std::vector<std::string> trace;
  };
  Calls CallsFrom(const void* frame) const;
  std::string_view PlaceOf(const kf_site* at, const Calls* calls);
  const Place* Find(std::string_view who) const;
  void LookUp(Place& place) const;

  bool telling_ = false;
  // The last answers: a kernel asks for the same few all the time.
  struct Answer {
    const kf_site* at = nullptr;
    const Calls* caller = nullptr;
    std::string_view name;
  };
  std::array<Answer, 64> answers_;
  absl::flat_hash_map<std::pair<const void*, const void*>, std::unique_ptr<Place>> places_;
  absl::flat_hash_map<const char*, Place*> by_name_;
  AddressSpan object_;  // where the tree is loaded
  std::unique_ptr<CallWatch> watch_;
  std::set<Calls> calls_seen_;            // which stay where they are
  std::map<Calls, std::string> callers_;  // CallersOf()
  mutable FramesByAddress frames_;        // that were looked up
  mutable FunctionSymbols symbols_;
  mutable std::map<std::string, std::string> begins_;  // BeginOf(), by function
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_TREE_H_
