#include "linux/build/include_world.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "linux/build/source_text.h"
#include "system/files.h"

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
  Planner(TreeSources& tree, const Shim& shim, const Layout& layout)
      : tree_(tree), shim_(shim), layout_(layout) {}

  absl::StatusOr<std::vector<WorldFile>> Plan() {
    std::string headers;
    for (const Layout::Source& source : layout_.sources) AddReal(source.path);
    for (const std::string& header : layout_.headers) {
      AddReal(header);
      const std::string place = PlaceOf(header);
      absl::StrAppend(&headers, "#include \"",
                      place.starts_with("include/") ? place.substr(8) : place, "\"\n");
    }
    for (const std::string& pattern : shim_.header_patterns) {
      // One that is a path is there even if nothing includes it: the shim may.
      if (pattern.find_first_of("*?[") != std::string::npos) continue;
      if (!tree_.Has(pattern)) {
        return absl::NotFoundError(absl::StrCat(tree_.top().string(), " lacks ", pattern));
      }
      AddReal(pattern);
    }
    while (!unread_.empty()) {
      const std::string source = unread_.back();
      unread_.pop_back();
      if (absl::Status status = Scan(source); !status.ok()) return status;
    }
    std::vector<WorldFile> files;
    for (const auto& [place, source] : sources_) {
      files.push_back({place, source, source.empty() ? "" : tree_.Text(source).value_or("")});
    }
    files.push_back({kTreeHeaders, "", headers});
    std::ranges::sort(files, {}, &WorldFile::place);
    return files;
  }

 private:
  absl::Status Scan(const std::string& source) {
    if (const auto& text = tree_.Text(source); !text.ok()) return text.status();
    for (const Include& include : IncludesOf(tree_.Code(source))) Add(source, include);
    return absl::OkStatus();
  }

  // The file that <path> names in the tree; empty if none.
  std::string Angled(const std::string& path) const {
    for (const std::string_view folder : kIncludeFolders) {
      const std::string source = std::string(folder) + path;
      if (tree_.Has(source)) return source;
    }
    return "";
  }

  void AddReal(const std::string& source) {
    std::string& at = sources_[PlaceOf(source)];
    if (at == source) return;
    at = source;
    unread_.push_back(source);
  }

  // A header that is not real gets an empty place.
  void Add(const std::string& includer, const Include& include) {
    std::string place = "include/" + include.path;
    std::string source = Angled(include.path);
    if (include.quoted) {
      // As a compiler has it: beside the file, else as if it were angled.
      const std::string beside = Beside(includer, include.path);
      if (tree_.Has(beside) || source.empty()) {
        place = Beside(PlaceOf(includer), include.path);
        source = beside;
      }
    }
    // Out of the tree there is nothing to look for, nor to make.
    place = fs::path(place).lexically_normal().string();
    if (place.starts_with("..") || place[0] == '/') return;
    if (shim_.IsRealHeader(source) && tree_.Has(source)) {
      AddReal(source);
    } else {
      sources_.emplace(place, "");
    }
  }

  TreeSources& tree_;
  const Shim& shim_;
  const Layout& layout_;
  std::vector<std::string> unread_;
  std::map<std::string, std::string> sources_;  // by place
};

}  // namespace

absl::StatusOr<std::vector<WorldFile>> PlanWorld(TreeSources& tree, const Shim& shim,
                                                 const Layout& layout) {
  return Planner(tree, shim, layout).Plan();
}

absl::Status WriteWorld(const std::vector<WorldFile>& files, const fs::path& folder) {
  for (const WorldFile& file : files) {
    const fs::path path = folder / file.place;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat(path.string(), ": cannot be made: ", error.message()));
    }
    if (absl::Status written = WriteText(path, file.text); !written.ok()) return written;
  }
  return absl::OkStatus();
}

}  // namespace khofuzz
