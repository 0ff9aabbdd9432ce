#include "cli/linux/base_tree.h"

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/linux/apt.h"
#include "core/lines.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "base-";
constexpr size_t kKept = 4;
constexpr uint64_t kBytes = 200 << 20;  // at most, of the archive and of what is in it

// From the tree's folder on, wherever the repository's top is.
absl::StatusOr<std::string> Git(const fs::path& tree, const std::vector<std::string>& question,
                                const std::function<bool()>& stop) {
  std::vector<std::string> argv = {"git", "--no-optional-locks"};
  argv.insert(argv.end(), question.begin(), question.end());
  return RunTool(tree, argv, stop);
}

absl::Status TakeOut(const std::string& commit, const fs::path& tree, const fs::path& fresh,
                     const std::function<bool()>& stop) {
  // Of a part that is not there git makes an error.
  std::vector<std::string> question = {"ls-tree", "--name-only", commit, "--"};
  for (const char* const part : kTreeParts) question.emplace_back(part);
  const auto parts = Git(tree, question, stop);
  if (!parts.ok()) return parts.status();
  const fs::path archive = fresh / "base.tar";
  std::vector<std::string> pack = {"archive", "--format=tar",
                                   absl::StrCat("--output=", archive.string()), commit, "--"};
  for (const std::string_view part : LinesOf(*parts)) {
    if (!part.empty()) pack.emplace_back(part);
  }
  if (const auto packed = Git(tree, pack, stop); !packed.ok()) return packed.status();
  std::error_code error;
  fs::create_directory(fresh / "tree", error);
  return RunTool(fresh, {"tar", "--extract", "--directory=tree", "--file=base.tar"}, stop).status();
}

// The newest few stay: who works on a series takes it from one base to the next.
void Prune(const TreeCache& cache) {
  std::error_code error;
  std::vector<std::pair<fs::file_time_type, fs::path>> bases;
  for (const auto& entry : fs::directory_iterator(cache.TreePath(""), error)) {
    if (!entry.path().filename().string().starts_with(kPrefix)) continue;
    bases.emplace_back(entry.last_write_time(error), entry.path());
  }
  std::ranges::sort(bases, std::greater<>());
  for (size_t i = kKept; i < bases.size(); ++i) fs::remove_all(bases[i].second, error);
}

}  // namespace

absl::StatusOr<BaseTree> FindBaseTree(const std::string& base, const fs::path& tree,
                                      const TreeCache& cache, const std::function<bool()>& stop) {
  std::error_code error;
  if (fs::is_directory(base, error)) return BaseTree{.folder = base};
  const std::string neither = absl::StrCat(
      "'", base, "' is neither a folder nor a revision that git knows in ", tree.string());
  if (base.starts_with('-')) return absl::InvalidArgumentError(neither);
  const auto said = Git(tree, {"rev-parse", "--verify", absl::StrCat(base, "^{commit}")}, stop);
  if (!said.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(neither, ": ", std::string(said.status().message())));
  }
  const std::string commit(absl::StripAsciiWhitespace(*said));
  const std::string name = absl::StrCat(kPrefix, commit.substr(0, 16));
  const auto lock = cache.Lock([] {});
  if (!lock.ok()) return lock.status();
  if (!cache.Has(name)) {
    const auto fresh = cache.FreshFolder();
    if (!fresh.ok()) return fresh.status();
    absl::Status status = cache.CheckRoom(kBytes);
    if (status.ok()) status = TakeOut(commit, tree, *fresh, stop);
    if (status.ok()) status = cache.Put(*fresh / "tree", name);
    cache.CleanUp();
    if (!status.ok()) return status;
  }
  fs::last_write_time(cache.TreePath(name), fs::file_time_type::clock::now(), error);
  Prune(cache);
  return BaseTree{.folder = cache.TreePath(name), .commit = commit};
}

absl::StatusOr<BaseTree> FindBaseTree(const std::string& base, const fs::path& tree,
                                      const std::function<bool()>& stop) {
  const auto folder = CacheFolder([](const char* name) { return std::getenv(name); });
  if (!folder.ok()) return folder.status();
  return FindBaseTree(base, tree, TreeCache(*folder), stop);
}

}  // namespace khofuzz
