// Builds the hunting program anew with a fault in it: only the edited source is compiled, as the
// build compiles it, which may be in a batch, and linked before the libraries that hold it as it
// is.
#ifndef KHOFUZZ_CORE_PLANTED_WORKSHOP_H_
#define KHOFUZZ_CORE_PLANTED_WORKSHOP_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/planted/planted.h"

namespace khofuzz {

inline constexpr std::string_view kHuntProgram = "core/planted/planted_hunt";

struct ShellEnd {
  int status = 0;  // as wait() has it
  std::string output{};

  bool ok() const;
  // A signal has ended the command: it, or the shell's last program.
  bool died() const;
};
// Runs a shell command in `folder` to its end; what it prints goes through the file `output`. Any
// thread may.
ShellEnd RunShell(const std::string& command, const std::filesystem::path& folder,
                  const std::filesystem::path& output);

class Workshop {
 public:
  // Asks ninja, by the name of its program, how the build in `build` makes the hunting program.
  // FailedPrecondition if it does not say. What is made goes into `folder`, which is there already.
  static absl::StatusOr<Workshop> Open(std::filesystem::path build, const std::string& ninja,
                                       std::filesystem::path folder);

  // The program with the fault in the source that `root` has: a file in the workshop's folder, to
  // be removed by the caller. FailedPrecondition where the fault does not fit, or the compiler or
  // the linker refuses it, with what they say. Several threads may call it for faults of different
  // names.
  absl::StatusOr<std::filesystem::path> Make(const CoreFault& fault,
                                             const std::filesystem::path& root) const;

  // Whether the program has an object of `source` (a whole path), alone or in a batch, so that one
  // of an edited copy can be put in its place.
  bool Compiles(const std::string& source) const { return !CompiledOf(source).command.empty(); }

  // Where the program without a fault is.
  std::filesystem::path Unchanged() const { return build_ / kHuntProgram; }

 private:
  Workshop(std::filesystem::path build, std::filesystem::path folder)
      : build_(std::move(build)), folder_(std::move(folder)) {}

  struct Compiled {
    std::string command;  // up to what is made of what; empty: the program has no such object
    std::string text;     // that includes the source
  };
  Compiled CompiledOf(const std::string& source) const;
  std::string LinkCommand(const std::string& object, const std::string& program) const;

  std::filesystem::path build_, folder_;
  std::vector<std::string> commands_;  // one for each object, and last the one that links
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_PLANTED_WORKSHOP_H_
