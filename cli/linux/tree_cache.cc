#include "cli/linux/tree_cache.h"

#include <system_error>

#include "absl/strings/str_cat.h"

namespace khofuzz {

namespace fs = std::filesystem;

namespace {

absl::Status CannotBeMade(const fs::path& path, const std::error_code& error) {
  return absl::UnavailableError(absl::StrCat(path.string(), ": cannot be made: ", error.message()));
}

}  // namespace

absl::StatusOr<fs::path> CacheFolder(const std::function<const char*(const char*)>& environment) {
  const auto get = [&](const char* name) {
    const char* const value = environment(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (const std::string own = get("KHOFUZZ_CACHE"); !own.empty()) return fs::absolute(own);
  // The standard has relative ones ignored.
  if (const std::string xdg = get("XDG_CACHE_HOME"); xdg.starts_with('/')) {
    return fs::path(xdg) / "khofuzz";
  }
  if (const std::string home = get("HOME"); home.starts_with('/')) {
    return fs::path(home) / ".cache" / "khofuzz";
  }
  return absl::FailedPreconditionError("no folder to keep trees in; set KHOFUZZ_CACHE to one");
}

bool TreeCache::Has(const std::string& name) const {
  std::error_code error;
  return fs::is_directory(TreePath(name), error);
}

absl::StatusOr<FolderLock> TreeCache::Lock(const std::function<void()>& on_wait) const {
  return FolderLock::Take(folder_, on_wait);
}

absl::StatusOr<fs::path> TreeCache::FreshFolder() const {
  std::error_code error;
  fs::remove_all(Fresh(), error);
  fs::create_directories(Fresh(), error);
  if (error) return CannotBeMade(Fresh(), error);
  return Fresh();
}

absl::Status TreeCache::CheckRoom(uint64_t bytes) const {
  std::error_code error;
  const fs::space_info space = fs::space(folder_, error);
  if (error || space.available >= bytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat(folder_.string(), ": ", space.available >> 20, " MiB are free there, ",
                   bytes >> 20, " MiB are needed; KHOFUZZ_CACHE names another folder"));
}

absl::Status TreeCache::Put(const fs::path& made, const std::string& name) const {
  std::error_code error;
  if (Has(name)) fs::rename(TreePath(name), Fresh() / "old", error);
  if (!error) fs::rename(made, TreePath(name), error);
  return error ? CannotBeMade(TreePath(name), error) : absl::OkStatus();
}

void TreeCache::CleanUp() const {
  std::error_code error;
  fs::remove_all(Fresh(), error);
}

}  // namespace khofuzz
