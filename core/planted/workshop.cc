#include "core/planted/workshop.h"

#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "system/shell_word.h"

namespace khofuzz {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kCompile = " -c ";

std::string Contents(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// As CMake's batches have it.
std::string IncludeOf(const std::string& source) {
  return absl::StrCat("#include \"", source, "\"");
}

}  // namespace

bool ShellEnd::ok() const { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }

bool ShellEnd::died() const {
  // What the shell ran is told by the shell's own status.
  return WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) > 128);
}

ShellEnd RunShell(const std::string& command, const fs::path& folder, const fs::path& output) {
  const int status =
      std::system(absl::StrCat("cd ", ShellQuoted(folder.string()), " && { ", command, "\n} >",
                               ShellQuoted(output.string()), " 2>&1")
                      .c_str());
  std::string text = Contents(output);
  std::error_code error;
  fs::remove(output, error);
  return {status, std::move(text)};
}

absl::StatusOr<Workshop> Workshop::Open(fs::path build, const std::string& ninja, fs::path folder) {
  Workshop workshop(std::move(build), std::move(folder));
  const ShellEnd listed =
      RunShell(absl::StrCat(ShellQuoted(ninja), " -t commands ", std::string(kHuntProgram)),
               workshop.build_, workshop.folder_ / "commands");
  std::istringstream lines(listed.ok() ? listed.output : "");
  for (std::string line; std::getline(lines, line);) workshop.commands_.push_back(line);
  if (!workshop.commands_.empty()) return workshop;
  return absl::FailedPreconditionError(
      absl::StrCat(ninja, " does not say how it builds ", std::string(kHuntProgram)));
}

Workshop::Compiled Workshop::CompiledOf(const std::string& source) const {
  const std::string included = IncludeOf(source);
  for (const std::string& line : commands_) {
    const size_t dependencies = line.find(" -MD ");
    const size_t file = line.rfind(kCompile);
    if (file == line.npos || dependencies == line.npos) continue;
    const std::string path = line.substr(file + kCompile.size());
    if (path == source) return {line.substr(0, dependencies), included};
    if (!path.ends_with("_cxx.cxx")) continue;
    std::string batch = Contents(path);
    if (batch.find(included) != batch.npos) return {line.substr(0, dependencies), std::move(batch)};
  }
  return {};
}

// What is linked first is what is taken.
std::string Workshop::LinkCommand(const std::string& object, const std::string& program) const {
  const std::string output = absl::StrCat(" -o ", std::string(kHuntProgram), " ");
  const std::string& line = commands_.back();
  const size_t at = line.find(output);
  if (at == line.npos) return "";
  return absl::StrCat(line.substr(0, at), " -o ", ShellQuoted(program), " ", ShellQuoted(object),
                      " ", line.substr(at + output.size()));
}

absl::StatusOr<fs::path> Workshop::Make(const CoreFault& fault, const fs::path& root) const {
  const std::string source = (root / fault.file).string();
  const std::string base = (folder_ / fault.name).string();
  const auto planted = Plant(fault, Contents(source));
  if (!planted.ok()) return planted.status();
  const Compiled compiled = CompiledOf(source);
  const std::string link = LinkCommand(base + ".o", base);
  if (compiled.command.empty() || link.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("the build has no command for ", fault.file));
  }
  const std::string copy = base + ".planted.cc";
  std::ofstream(copy, std::ios::binary) << *planted;
  std::ofstream(base + ".cc", std::ios::binary)
      << absl::StrReplaceAll(compiled.text, {{IncludeOf(source), IncludeOf(copy)}});
  const std::string compile = absl::StrCat(compiled.command, " -w -o ", ShellQuoted(base + ".o"),
                                           " -c ", ShellQuoted(base + ".cc"));
  const ShellEnd built = RunShell(absl::StrCat(compile, " && ", link), build_, base + ".log");
  std::error_code error;
  for (const char* const made : {".planted.cc", ".cc", ".o"}) fs::remove(base + made, error);
  if (!built.ok()) return absl::FailedPreconditionError(built.output);
  return base;
}

}  // namespace khofuzz
