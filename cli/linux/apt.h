// apt with a folder of its own: the system's lists, caches and settings stay as they are.
#ifndef KHOFUZZ_CLI_LINUX_APT_H_
#define KHOFUZZ_CLI_LINUX_APT_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/linux/apt_sources.h"

namespace khofuzz {

// Runs a tool, looked for in $PATH, in `folder` to its end: what it printed. Cancelled if `stop`
// says so, which is asked many times a second; FailedPrecondition if there is no such tool;
// Unavailable with the errors it printed if it failed.
absl::StatusOr<std::string> RunTool(const std::filesystem::path& folder,
                                    const std::vector<std::string>& argv,
                                    const std::function<bool()>& stop);

struct AptPackage {
  std::string version;
  uint64_t bytes = 0;  // of the file to be fetched
};

class Apt {
 public:
  // Keeps everything below `folder`, which must exist. `stop` is as for RunTool() and outlives it.
  Apt(std::filesystem::path folder, std::function<bool()> stop)
      : folder_(std::move(folder)), stop_(std::move(stop)) {}

  // Fetches the lists of one suite. NotFound: the mirror has no such suite. Unavailable: it could
  // not be asked, or not be believed.
  absl::Status Use(const DebianMirror& mirror, const std::string& suite);

  // The newest version in the suite; nullopt if there is none.
  absl::StatusOr<std::optional<AptPackage>> Find(const std::string& package);

  // Fetches it into the folder: the file's path. `progress` is told how many bytes are there.
  absl::StatusOr<std::filesystem::path> Download(const std::string& package,
                                                 const std::function<void(uint64_t)>& progress);

 private:
  // Runs one of apt's tools with the settings of the folder.
  absl::StatusOr<std::string> Run(const std::string& tool,
                                  const std::vector<std::string>& arguments,
                                  const std::function<bool()>& stop) const;
  std::filesystem::path Downloads() const { return folder_ / "download"; }

  std::filesystem::path folder_;
  std::function<bool()> stop_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_APT_H_
