#include "linux/build/reached.h"

#include <charconv>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "linux/build/run_commands.h"
#include "system/files.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

// Of the compiler's own version, or it cannot read what the compiler made.
absl::StatusOr<std::string> ToolBesideCompiler(const Toolchain& toolchain, const char* name) {
  const auto compiler = CompilerPath(toolchain);
  if (!compiler.ok()) return compiler.status();
  std::error_code error;
  const fs::path tool = fs::canonical(*compiler, error).parent_path() / name;
  if (!error && fs::exists(tool, error)) return tool.string();
  return absl::NotFoundError(absl::StrCat(tool.string(),
                                          ": no such program; Debian's package of "
                                          "clang's version has it, llvm-19 for clang-19"));
}

absl::StatusOr<std::string> OutputOfTool(std::vector<std::string> argv, const fs::path& folder) {
  const auto ends = RunCommands({{std::move(argv), folder, folder / "said.txt"}}, 1);
  if (!ends.ok()) return ends.status();
  if (ends->front().ok) return ends->front().output;
  return absl::UnavailableError(
      absl::StrCat("what was reached cannot be read: ", ends->front().output));
}

// The number at the beginning, which is taken away with the comma after it.
unsigned long long TakeNumber(std::string_view& text) {
  unsigned long long number = 0;
  const char* const end = std::from_chars(text.data(), text.data() + text.size(), number).ptr;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (text.starts_with(',')) text.remove_prefix(1);
  return number;
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Static ones are called "FILE:NAME" or "FILE;NAME".
std::string PlainFunction(std::string_view name) {
  return std::string(name.substr(name.find_last_of(":;") + 1));
}

}  // namespace

const ReachedFile::Function* ReachedFile::FunctionAt(unsigned line) const {
  const auto after = functions.upper_bound(line);
  return after == functions.begin() ? nullptr : &std::prev(after)->second;
}

absl::StatusOr<std::vector<ReachedFile>> ReadReached(const std::vector<std::string>& profiles,
                                                     const std::vector<std::string>& objects,
                                                     const fs::path& tree, const fs::path& folder,
                                                     const Toolchain& toolchain) {
  const auto merger = ToolBesideCompiler(toolchain, "llvm-profdata");
  if (!merger.ok()) return merger.status();
  const auto reader = ToolBesideCompiler(toolchain, "llvm-cov");
  if (!reader.ok()) return reader.status();
  const std::string merged = (folder / "all.profdata").string();
  std::vector<std::string> merge = {*merger, "merge", "-o", merged};
  merge.insert(merge.end(), profiles.begin(), profiles.end());
  const auto said = OutputOfTool(std::move(merge), folder);
  if (!said.ok()) return said.status();
  std::vector<std::string> read = {*reader, "export", "-format=lcov", "-instr-profile=" + merged};
  for (const std::string& object : objects) {
    if (&object != &objects.front()) read.emplace_back("-object");
    read.push_back(object);
  }
  const auto lcov = OutputOfTool(std::move(read), folder);
  if (!lcov.ok()) return lcov.status();
  return ReachedFrom(*lcov, tree);
}

std::vector<ReachedFile> ReachedFrom(std::string_view lcov, const fs::path& tree) {
  const std::string top = tree.string() + "/";
  std::map<std::string, ReachedFile> files;
  ReachedFile* file = nullptr;
  std::map<std::string, unsigned> begins;  // of functions of this file
  while (!lcov.empty()) {
    const size_t end = lcov.find('\n');
    std::string_view line = lcov.substr(0, end);
    lcov.remove_prefix(end == std::string_view::npos ? lcov.size() : end + 1);
    if (TakePrefix(line, "SF:")) {
      begins.clear();
      file = nullptr;
      if (!TakePrefix(line, top)) continue;
      file = &files[std::string(line)];
      file->path = line;
    } else if (file == nullptr) {
      continue;
    } else if (TakePrefix(line, "FN:")) {
      const auto begin = static_cast<unsigned>(TakeNumber(line));
      begins[std::string(line)] = begin;
      file->functions[begin].name = PlainFunction(line);
    } else if (TakePrefix(line, "FNDA:")) {
      const bool called = TakeNumber(line) != 0;
      const auto begin = begins.find(std::string(line));
      if (begin != begins.end() && called) file->functions[begin->second].called = true;
    } else if (TakePrefix(line, "DA:")) {
      const auto at = static_cast<unsigned>(TakeNumber(line));
      bool& executed = file->lines[at];
      executed = TakeNumber(line) != 0 || executed;
    }
  }
  std::vector<ReachedFile> all;
  for (auto& [path, one] : files) {
    // What stands before the first function is no code of the file: llvm-cov counts #include lines
    // for what their headers expand to.
    if (!one.functions.empty()) {
      one.lines.erase(one.lines.begin(), one.lines.lower_bound(one.functions.begin()->first));
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace khofuzz
