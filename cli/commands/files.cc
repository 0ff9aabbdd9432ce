#include "cli/commands/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/capture/read_file.h"
#include "core/closest.h"
#include "core/designs/named.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

absl::Status UnknownTarget(const std::string& name) {
  std::vector<std::string_view> names = {"any"};
  for (const Target& target : AllTargets()) names.push_back(target.name);
  std::string known;
  for (const std::string_view one : names) absl::StrAppend(&known, " ", std::string(one));
  return absl::InvalidArgumentError(absl::StrCat("no target is called '", name, "'",
                                                 DidYouMean(name, names), " There are:", known));
}

}  // namespace

absl::StatusOr<std::vector<std::filesystem::path>> FilesBelow(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  const auto because = [&path](const std::string& reason) {
    return absl::NotFoundError(absl::StrCat(path.string(), ": ", reason));
  };
  if (status.type() == std::filesystem::file_type::not_found) {
    return because("No such file or directory");
  }
  if (error) return because(error.message());
  if (std::filesystem::is_regular_file(status)) return std::vector{path};
  if (!std::filesystem::is_directory(status)) {
    return because("neither a regular file nor a folder");
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path, error)) {
    std::error_code none;
    // A link that leads nowhere is for whoever reads it to say: the others are played.
    const bool dangling = entry.is_symlink(none) && !entry.exists(none);
    if (dangling || entry.is_regular_file(none)) files.push_back(entry.path());
  }
  if (error) return because(error.message());
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

namespace {

// What follows "# KEY: " in the comments before the first line that is none; empty if nothing does.
std::string HeaderOf(std::string_view text, std::string_view key) {
  while (text.starts_with("#")) {
    const std::string_view line = text.substr(0, text.find('\n'));
    std::string_view rest = line.substr(1);
    while (rest.starts_with(" ")) rest.remove_prefix(1);
    if (rest.starts_with(key) && rest.substr(key.size()).starts_with(": ")) {
      rest.remove_prefix(key.size() + 2);
      while (!rest.empty() && (rest.back() == ' ' || rest.back() == '\r')) rest.remove_suffix(1);
      return std::string(rest);
    }
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return "";
}

absl::Status ReadHeader(ScenarioFile& file) {
  const auto wrong = [&file](const std::string& what) {
    return absl::InvalidArgumentError(absl::StrCat(file.path.string(), ": its header: ", what));
  };
  if (const std::string name = HeaderOf(file.text, "design"); !name.empty()) {
    auto design = Lineage::Parse(name);
    if (!design.ok()) return wrong(std::string(design.status().message()));
    file.design = *std::move(design);
    file.renamed = RenamingHint(name);
  }
  if (const std::string slug = HeaderOf(file.text, "breaks"); !slug.empty()) {
    file.breaks = InvariantBySlug(slug);
    if (!file.breaks.has_value()) return wrong(absl::StrCat("no invariant is called '", slug, "'"));
  }
  return absl::OkStatus();
}

}  // namespace

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
  if (const absl::Status header = ReadHeader(file); !header.ok()) return header;
  if (options.lenient || file.target->language) {
    file.scenario = ParseLenient(file.text);
    if (options.lenient) file.skipped = LinesWithoutSense(file.text);
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

bool IsStray(const std::filesystem::path& path, const absl::StatusOr<ScenarioFile>& loaded) {
  if (path.extension() == ".kho") return false;
  return !loaded.ok() || (loaded->scenario.op_count() == 0 && loaded->scenario.machine.empty());
}

}  // namespace khofuzz
