#include "linux/build/layout.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "linux/build/source_text.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHeaderFolders[] = {"include/linux/kho/",
                                          "include/linux/kho/abi/",
                                          "include/linux/",
                                          "kernel/liveupdate/",
                                          "kernel/",
                                          "mm/",
                                          "include/asm-generic/"};

// Whether a file's name has one of the words.
bool IsNamed(const std::string& file, const std::vector<std::string>& words) {
  const std::string name = fs::path(file).filename().string();
  return std::ranges::any_of(
      words, [&](const std::string& word) { return name.find(word) != std::string::npos; });
}

class Finder {
 public:
  Finder(TreeSources& tree, const Shim& shim) : tree_(tree), shim_(shim) {}

  absl::StatusOr<Layout> Find() {
    for (const SearchedUnit& unit : shim_.searched) {
      if (absl::Status status = FindSources(unit); !status.ok()) return status;
    }
    AddCalled();
    NoteSignatures();
    for (const ListedHeader& header : shim_.headers) {
      if (absl::Status status = FindHeader(header); !status.ok()) return status;
    }
    return std::move(layout_);
  }

 private:
  std::vector<std::string> Candidates(const SearchedUnit& unit) {
    std::vector<std::string> files;
    const auto add = [&](const std::string& file) {
      if (!IsNamed(file, unit.leave) && std::ranges::find(files, file) == files.end()) {
        files.push_back(file);
      }
    };
    for (const std::string& place : unit.places) {
      if (!place.ends_with('/')) {
        add(place);
        continue;
      }
      for (const std::string& file : tree_.FilesIn(place, ".c")) add(file);
    }
    return files;
  }

  // What does not even mention the word, nearly all of a tree, is read no closer.
  bool Mentions(const std::string& path, const std::string& word) {
    const auto& text = tree_.Text(path);
    return text.ok() && khofuzz::Mentions(*text, word);
  }

  absl::Status FindSources(const SearchedUnit& unit) {
    const std::vector<std::string> files = Candidates(unit);
    std::vector<Layout::Source> sources;
    const auto source = [&](const std::string& path) -> Layout::Source& {
      auto at = std::ranges::find(sources, path, &Layout::Source::path);
      if (at == sources.end()) at = sources.insert(sources.end(), {unit.name, path});
      return *at;
    };
    std::vector<const ListedFunction*> missing;
    for (const ListedFunction& one : shim_.functions) {
      if (one.unit != unit.name || !one.is_function) continue;
      const auto file = std::ranges::find_if(files, [&](const std::string& path) {
        return Mentions(path, one.name) && DefinitionOf(tree_.Code(path), one.name).has_value();
      });
      if (file == files.end()) {
        missing.push_back(&one);
        continue;
      }
      source(*file).defines.insert(one.name);
      layout_.has.insert(one.name);
    }
    for (const ListedFunction& one : shim_.functions) {
      if (one.unit != unit.name || one.is_function) continue;
      const bool is_there = std::ranges::any_of(sources, [&](const Layout::Source& in) {
        return HasWord(tree_.Code(in.path), one.name);
      });
      if (is_there) {
        layout_.has.insert(one.name);
      } else {
        missing.push_back(&one);
      }
    }
    for (const RefusedTree& refused : shim_.refused) {
      if (refused.unit != unit.name) continue;
      for (const Layout::Source& in : sources) {
        if (HasWord(tree_.Code(in.path), refused.word)) {
          return absl::NotFoundError(absl::StrCat(in.path, ": ", refused.why));
        }
      }
    }
    if (absl::Status lacks = Lacking(unit, sources, missing); !lacks.ok()) return lacks;
    layout_.sources.insert(layout_.sources.end(), sources.begin(), sources.end());
    return absl::OkStatus();
  }

  // Files that define what those that were found call.
  void AddCalled() {
    for (bool more = true; more;) {
      more = false;
      for (const SearchedUnit& unit : shim_.searched) {
        for (const std::string& file : Candidates(unit)) {
          if (!IsNamed(file, unit.follow) || IsSource(file)) continue;
          if (!Calls(ExportedFunctions(tree_.Code(file)))) continue;
          layout_.sources.push_back({unit.name, file});
          more = true;
        }
      }
    }
  }
  // Of the sources' functions that are asked for pages, addresses or nodes: all that decide which
  // is which. One that #if defines in two ways is left out.
  void NoteSignatures() {
    std::map<std::string, std::set<std::string>> signatures;
    for (const Layout::Source& in : layout_.sources) {
      for (const FunctionText& function : FunctionsOf(tree_.Code(in.path))) {
        // A function's among them has commas of its own.
        const bool plain = std::ranges::none_of(function.parameters, [](const std::string& one) {
          return one.find(',') != std::string::npos;
        });
        const bool any = std::ranges::any_of(function.parameters, [](const std::string& one) {
          return one.find("pfn") != std::string::npos || one.ends_with("nid") ||
                 one.starts_with("phys_addr_t ");
        });
        if (!any || !plain) continue;
        signatures[function.name].insert(absl::StrJoin(function.parameters, ","));
      }
    }
    for (const auto& [name, parameters] : signatures) {
      if (parameters.size() != 1) continue;
      absl::StrAppend(&layout_.signatures, name, "(", *parameters.begin(), ");");
    }
  }
  bool IsSource(const std::string& file) const {
    return std::ranges::find(layout_.sources, file, &Layout::Source::path) != layout_.sources.end();
  }
  // Whether a source has the name of one of these.
  bool Calls(const std::vector<std::string>& functions) {
    return std::ranges::any_of(layout_.sources, [&](const Layout::Source& in) {
      return std::ranges::any_of(
          functions, [&](const std::string& name) { return HasWord(tree_.Code(in.path), name); });
    });
  }

  absl::Status Lacking(const SearchedUnit& unit, const std::vector<Layout::Source>& sources,
                       const std::vector<const ListedFunction*>& missing) {
    std::vector<std::string> required;
    for (const ListedFunction* const one : missing) {
      const std::string name = absl::StrCat(one->name, one->is_function ? "()" : "");
      if (one->required) {
        required.push_back(name);
      } else if (!one->narrows.empty()) {
        layout_.not_played[one->narrows].push_back(name);
      }
    }
    if (required.empty()) return absl::OkStatus();
    if (sources.empty()) {
      return absl::NotFoundError(absl::StrCat(
          tree_.top().string(), " lacks ", unit.places.front(), ", and nothing in ",
          absl::StrJoin(std::vector(unit.places.begin() + 1, unit.places.end()), ", "), " defines ",
          required.front(), unit.why_none.empty() ? "" : ": ", unit.why_none));
    }
    std::vector<std::string> paths;
    for (const Layout::Source& in : sources) paths.push_back(in.path);
    return absl::NotFoundError(
        absl::StrCat(absl::StrJoin(paths, ", "), paths.size() == 1 ? " lacks " : " lack ",
                     absl::StrJoin(required, ", "), ", and no other file of the tree defines it"));
  }

  absl::Status FindHeader(const ListedHeader& header) {
    const auto declares = [&](const std::string& path) {
      return Mentions(path, header.word) &&
             DeclarationOf(tree_.Code(path), header.word).has_value();
    };
    std::string found = declares(header.path) ? header.path : "";
    for (const char* const folder : kHeaderFolders) {
      if (!found.empty()) break;
      const std::vector<std::string>& files = tree_.FilesIn(folder, ".h");
      const auto file = std::ranges::find_if(files, [&](const std::string& path) {
        return shim_.IsRealHeader(path) && declares(path);
      });
      if (file != files.end()) found = *file;
    }
    if (found.empty()) {
      if (header.optional) return absl::OkStatus();
      return absl::NotFoundError(absl::StrCat(tree_.top().string(), ": no header declares ",
                                              header.word, ", as ", header.path, " usually does"));
    }
    if (header.optional) layout_.declares[header.word] = found;
    if (std::ranges::find(layout_.headers, found) == layout_.headers.end()) {
      layout_.headers.push_back(found);
    }
    return absl::OkStatus();
  }

  TreeSources& tree_;
  const Shim& shim_;
  Layout layout_;
};

}  // namespace

std::string Layout::NotPlayed() const {
  constexpr size_t kShown = 3;
  std::vector<std::string> parts;
  for (const auto& [what, functions] : not_played) {
    const size_t shown = std::min(functions.size(), kShown);
    const auto end = functions.begin() + static_cast<std::ptrdiff_t>(shown);
    parts.push_back(absl::StrCat(
        what, " are not played: no ", absl::StrJoin(functions.begin(), end, ", "),
        shown == functions.size() ? "" : absl::StrCat(" and ", functions.size() - shown, " more")));
  }
  return absl::StrJoin(parts, "; ");
}

std::string Layout::Lacks() const {
  std::string text;
  for (const auto& [what, functions] : not_played) {
    absl::StrAppend(&text, what, "=", absl::StrJoin(functions, ", "), ";");
  }
  return text;
}

absl::StatusOr<Layout> FindLayout(TreeSources& tree, const Shim& shim) {
  return Finder(tree, shim).Find();
}

}  // namespace khofuzz
