#include "linux/build/include_world.h"

#include <map>
#include <set>
#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "linux/build/source_text.h"
#include "linux/build/text_files.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

// Where <path> is to be found in a tree, best first.
constexpr std::string_view kIncludeFolders[] = {"include/", "include/uapi/"};

std::string PlaceOf(const std::string& source) {
  for (const std::string_view folder : {kIncludeFolders[1], kIncludeFolders[0]}) {
    if (source.starts_with(folder)) return "include/" + source.substr(folder.size());
  }
  return source;
}

std::string Beside(const std::string& file, const std::string& path) {
  return (fs::path(file).parent_path() / path).lexically_normal().string();
}

class Planner {
 public:
  Planner(const fs::path& tree, const Shim& shim) : tree_(tree), shim_(shim) {}

  absl::StatusOr<std::vector<WorldFile>> Plan() {
    for (const auto* list : {&shim_.sources, &shim_.real_headers}) {
      for (const ListedPath& listed : *list) {
        if (Has(listed.path)) {
          real_.insert(listed.path);
        } else if (!listed.optional) {
          return absl::NotFoundError(absl::StrCat(tree_.string(), " lacks ", listed.path));
        }
      }
    }
    // A header of the list is there even if no source includes it: the shim may.
    for (const std::string& source : real_) sources_.emplace(PlaceOf(source), source);
    for (const std::string& source : real_) {
      if (absl::Status status = Scan(source); !status.ok()) return status;
    }
    std::vector<WorldFile> files;
    for (const auto& [place, source] : sources_) files.push_back({place, source});
    return files;
  }

 private:
  bool Has(const std::string& path) const {
    std::error_code error;
    return fs::is_regular_file(tree_ / path, error);
  }

  absl::Status Scan(const std::string& source) {
    const auto text = ReadText(tree_ / source);
    if (!text.ok()) return text.status();
    for (const Include& include : IncludesOf(WithoutComments(*text))) Add(source, include);
    return absl::OkStatus();
  }

  // The file that <path> names in the tree; empty if none.
  std::string Angled(const std::string& path) const {
    for (const std::string_view folder : kIncludeFolders) {
      const std::string source = std::string(folder) + path;
      if (Has(source)) return source;
    }
    return "";
  }

  // A real header has its place already; any other gets an empty one.
  void Add(const std::string& includer, const Include& include) {
    std::string place = "include/" + include.path;
    if (include.quoted) {
      // As a compiler has it: beside the file, else as if it were angled.
      const std::string beside = Beside(includer, include.path);
      if (Has(beside) || Angled(include.path).empty())
        place = Beside(PlaceOf(includer), include.path);
    }
    // Out of the tree there is nothing to look for, nor to make.
    if (!fs::path(place).lexically_normal().string().starts_with("..") && place[0] != '/') {
      sources_.emplace(fs::path(place).lexically_normal().string(), "");
    }
  }

  const fs::path& tree_;
  const Shim& shim_;
  std::set<std::string> real_;
  std::map<std::string, std::string> sources_;  // by place
};

}  // namespace

absl::StatusOr<std::vector<WorldFile>> PlanWorld(const fs::path& tree, const Shim& shim) {
  return Planner(tree, shim).Plan();
}

absl::Status WriteWorld(const fs::path& tree, const std::vector<WorldFile>& files,
                        const fs::path& folder) {
  for (const WorldFile& file : files) {
    const fs::path path = folder / file.place;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (!error && !file.source.empty()) fs::create_symlink(tree / file.source, path, error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat(path.string(), ": cannot be made: ", error.message()));
    }
    if (!file.source.empty()) continue;
    if (absl::Status written = WriteText(path, ""); !written.ok()) return written;
  }
  return absl::OkStatus();
}

}  // namespace khofuzz
