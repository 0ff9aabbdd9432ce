// Compiled trees whose code no process runs that has not been confined before: an object's
// constructors run as soon as it is loaded.
#ifndef KHOFUZZ_LINUX_CONFINED_TREES_H_
#define KHOFUZZ_LINUX_CONFINED_TREES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/kernel.h"

namespace khofuzz {

class ConfinedTrees {
 public:
  // Of the objects that TreeSubject::Load() takes. Looks at them in a process of its own: errors
  // are what that says against them, and what they did there that is forbidden.
  static absl::StatusOr<std::shared_ptr<const ConfinedTrees>> Of(std::vector<std::string> objects);
  ~ConfinedTrees();

  // Kernels of them in turn. The first that is asked for confines the process that asks, for good
  // (it may write nothing and run nothing from then on), and loads the trees; so only children of
  // this process are to play (system/contained.h). An object that several name is loaded once.
  const KernelSource* kernels() const;
  const std::vector<std::string>& objects() const { return objects_; }
  // What each hands over as, "kho-v4", in the order of the objects.
  const std::vector<std::string>& compatible() const { return compatible_; }
  // What is not confined on this host: "" or "no Landlock (Function not implemented)".
  const std::string& lacking() const { return lacking_; }
  // As TreeSubject::set_telling().
  void set_telling(bool on) const;

 private:
  class Source;
  explicit ConfinedTrees(std::vector<std::string> objects);

  std::vector<std::string> objects_;
  std::unique_ptr<Source> source_;
  std::vector<std::string> compatible_;
  std::string lacking_;
};

// The line that tells of what is lacking; "" if nothing is.
std::string ConfinementWarning(const std::string& lacking);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_CONFINED_TREES_H_
