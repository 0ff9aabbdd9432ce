#include "core/planted/workshop.h"

#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "system/shell_word.h"

namespace khofuzz {

namespace fs = std::filesystem;

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
  std::ifstream stream(output, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  stream.close();
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

// The object of `source` made of `copy` instead; empty if the program has no such object.
std::string Workshop::CompileCommand(const std::string& source, const std::string& copy,
                                     const std::string& object) const {
  const std::string tail = absl::StrCat(" -c ", source);
  for (const std::string& line : commands_) {
    const size_t dependencies = line.find(" -MD ");
    if (!line.ends_with(tail) || dependencies == line.npos) continue;
    return absl::StrCat(line.substr(0, dependencies), " -w -o ", ShellQuoted(object), " -c ",
                        ShellQuoted(copy));
  }
  return "";
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
  std::ifstream stream(source, std::ios::binary);
  const auto planted = Plant(fault, std::string{std::istreambuf_iterator<char>(stream), {}});
  if (!planted.ok()) return planted.status();
  std::ofstream(base + ".cc", std::ios::binary) << *planted;
  const std::string compile = CompileCommand(source, base + ".cc", base + ".o");
  const std::string link = LinkCommand(base + ".o", base);
  if (compile.empty() || link.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("the build has no command for ", fault.file));
  }
  const ShellEnd built = RunShell(absl::StrCat(compile, " && ", link), build_, base + ".log");
  std::error_code error;
  for (const char* const made : {".cc", ".o"}) fs::remove(base + made, error);
  if (!built.ok()) return absl::FailedPreconditionError(built.output);
  return base;
}

}  // namespace khofuzz
