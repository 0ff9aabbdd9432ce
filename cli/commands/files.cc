#include "cli/commands/files.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/capture/read_file.h"
#include "core/closest.h"
#include "scenario/text.h"

namespace khofuzz {
namespace {

constexpr uint64_t kMaxScenarioBytes = 16 << 20;

absl::Status UnknownTarget(const std::string& name) {
  std::vector<std::string_view> names = {"any"};
  for (const Target& target : AllTargets()) names.push_back(target.name);
  std::string known;
  for (const std::string_view one : names) absl::StrAppend(&known, " ", std::string(one));
  return absl::InvalidArgumentError(absl::StrCat("no target is called '", name, "'",
                                                 DidYouMean(name, names), " There are:", known));
}

}  // namespace

absl::Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  const std::filesystem::path part = path.string() + absl::StrCat(".part", getpid());
  {
    std::ofstream file(part, std::ios::binary | std::ios::trunc);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.flush();
    if (!file) {
      const std::string reason = std::strerror(errno);
      std::filesystem::remove(part, error);
      return absl::UnavailableError(absl::StrCat(path.string(), ": cannot be written: ", reason));
    }
  }
  std::filesystem::rename(part, path, error);
  if (!error) return absl::OkStatus();
  const std::string reason = error.message();
  std::filesystem::remove(part, error);
  return absl::UnavailableError(absl::StrCat(path.string(), ": cannot be written: ", reason));
}

absl::StatusOr<std::vector<std::filesystem::path>> FilesBelow(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    if (std::filesystem::is_regular_file(path, error)) return std::vector{path};
    return absl::NotFoundError(absl::StrCat(path.string(), ": no such file or folder"));
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path, error)) {
    if (entry.is_regular_file(error)) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

const Target& TargetOf(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path full = std::filesystem::absolute(path, error);
  if (const Target* target = FindTarget(full.parent_path().filename().string())) return *target;
  std::string name = full.filename().string();
  for (size_t begin = 0; begin < name.size();) {
    const size_t end = std::min(name.find('.', begin), name.size());
    if (const Target* target = FindTarget(name.substr(begin, end - begin))) return *target;
    begin = end + 1;
  }
  return AnyTarget();
}

absl::StatusOr<ScenarioFile> LoadScenario(const std::filesystem::path& path,
                                          const ScenarioOptions& options) {
  ScenarioFile file{.path = path};
  if (options.target.empty()) {
    file.target = &TargetOf(path);
  } else {
    file.target = options.target == "any" ? &AnyTarget() : FindTarget(options.target);
    if (file.target == nullptr) return UnknownTarget(options.target);
  }
  auto text = ReadFile(path, kMaxScenarioBytes);
  if (!text.ok()) return text.status();
  file.text = *std::move(text);
  if (options.lenient || file.target->language) {
    file.scenario = ParseLenient(file.text);
    return file;
  }
  auto scenario = ParseStrict(file.text);
  if (!scenario.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path.string(), ":", std::string(scenario.status().message())));
  }
  file.scenario = *std::move(scenario);
  return file;
}

}  // namespace khofuzz
