// A Linux tree that was built into a shared object, loaded.
#ifndef KHOFUZZ_LINUX_TREE_H_
#define KHOFUZZ_LINUX_TREE_H_

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "core/address.h"
#include "linux/abi.h"
#include "linux/site_names.h"

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
  virtual void OnFree(uint64_t pfn, unsigned order, const kf_site* at, void* caller) = 0;
  virtual void OnMemblockAlloc(uint64_t begin, uint64_t end, const kf_site* at, void* caller) = 0;
  virtual void OnRefused(uint64_t bytes, uint64_t align, int nid, bool exact_nid,
                         const kf_site* at) = 0;
  virtual bool Fault(int site) = 0;
  virtual uint64_t AllocPages(unsigned order, bool tree_node, int nid, const kf_site* at) = 0;
  virtual void RunJob(const kf_job& job) = 0;
  virtual void HugetlbAlloc() = 0;
  virtual void HugetlbInit() = 0;
  // False: the boot ends here.
  virtual bool OnPoint(kf_point point) = 0;
  virtual void OnWarn(const char* what, const kf_site* at) = 0;
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
  const kf_tree& calls() const { return *calls_; }
  // Why things of a kind ("vmalloc areas") are not played: the functions for them that this tree
  // does not have. Empty where it has them all.
  std::string_view WhyNot(std::string_view what) const;
  // Who answers from now on. A tree has one state, so one kernel at a time.
  void set_host(TreeHost* host) { host_ = host; }
  TreeHost* host() const { return host_; }

  std::string_view Who(const kf_site* at, void* caller) override;
  // The line of the tree behind a name that Who() gave: "mm/mm_init.c:771"; empty for any other.
  std::string_view SourceOf(std::string_view who) const;
  // From now on Who() asks the debug information for the caller, and names it rather than the
  // place: slow, for stories.
  void set_telling(bool on) { telling_ = on; }

 private:
  explicit Tree(std::string path) : path_(std::move(path)) {}

  std::string path_;
  absl::flat_hash_map<std::string, std::string> lacks_;  // by kind
  void* handle_ = nullptr;
  const kf_tree* calls_ = nullptr;
  kf_host callbacks_{};
  TreeHost* host_ = nullptr;

  struct Place {
    std::string function;
    std::string source;
  };
  std::string_view LookUp(const kf_site* at, void* caller);

  bool telling_ = false;
  // The last answers: a kernel asks for the same few all the time.
  struct Answer {
    const kf_site* at = nullptr;
    void* caller = nullptr;
    std::string_view name;
  };
  std::array<Answer, 64> answers_;
  absl::flat_hash_map<std::pair<const void*, const void*>, std::unique_ptr<Place>> places_;
  absl::flat_hash_map<const char*, const Place*> by_name_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_TREE_H_
