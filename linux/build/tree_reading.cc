#include "linux/build/tree_reading.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "linux/build/fingerprint.h"
#include "linux/build/tree_sources.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

absl::Status Unsupported(const absl::Status& lack) {
  if (!absl::IsNotFound(lack)) return lack;
  return absl::FailedPreconditionError(
      absl::StrCat("unsupported tree: ", std::string(lack.message())));
}

// The files of the shim, and abi.h beside its folder.
std::vector<fs::path> ShimFiles(const Shim& shim) {
  std::vector<fs::path> files = {shim.folder.parent_path() / "abi.h"};
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(shim.folder, error)) {
    if (entry.is_regular_file(error)) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

absl::StatusOr<std::string> ContentOf(const TreeReading& reading) {
  Fingerprint fingerprint;
  for (const WorldFile& file : reading.world) {
    fingerprint.Add(file.place);
    fingerprint.Add(file.source);
    fingerprint.Add(file.text);
  }
  for (const fs::path& file : ShimFiles(reading.shim)) {
    fingerprint.Add(file.string());
    const absl::Status status = fingerprint.AddFile(file);
    if (!status.ok() && !absl::IsNotFound(status)) return status;
  }
  return fingerprint.Hex();
}

}  // namespace

absl::StatusOr<TreeReading> ReadTree(const fs::path& tree, const fs::path& shim,
                                     std::string_view config) {
  const auto found = FindTreeConfig(config);
  if (!found.ok()) return found.status();
  TreeSources sources(tree);
  TreeReading reading{.config = *found};
  auto read = ReadShim(shim, found->name);
  if (!read.ok()) return read.status();
  reading.shim = *std::move(read);
  auto layout = FindLayout(sources, reading.shim);
  if (!layout.ok()) return Unsupported(layout.status());
  reading.layout = *std::move(layout);
  auto world = PlanWorld(sources, reading.shim, reading.layout);
  if (!world.ok()) return Unsupported(world.status());
  reading.world = *std::move(world);
  auto content = ContentOf(reading);
  if (!content.ok()) return content.status();
  reading.content = *std::move(content);
  return reading;
}

}  // namespace khofuzz
