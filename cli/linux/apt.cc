#include "cli/linux/apt.h"

#include <charconv>
#include <sstream>
#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "system/files.h"
#include "system/process.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

constexpr double kForEver = 1e9;  // seconds
// Where Debian has its keys, for entries that name none.
constexpr const char kDebianKeyring[] = "/usr/share/keyrings/debian-archive-keyring.gpg";

// The lines in which a tool says what went wrong; all it said if none looks so.
std::string ErrorsIn(const std::string& output) {
  std::string errors;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    const bool apt = line.starts_with("E: ") || line.starts_with("W: GPG error");
    if (apt || line.find(": error") != std::string::npos || line.starts_with("tar: ")) {
      absl::StrAppend(&errors, errors.empty() ? "" : "\n", line);
    }
  }
  if (!errors.empty()) return errors;
  return output.substr(0, output.find_last_not_of('\n') + 1);
}

std::string AptSourceLine(const DebianMirror& mirror, const std::string& suite) {
  std::error_code error;
  std::string options = mirror.trusted ? " trusted=yes" : "";
  if (!mirror.signed_by.empty()) {
    absl::StrAppend(&options, " signed-by=", mirror.signed_by);
  } else if (fs::exists(kDebianKeyring, error)) {
    absl::StrAppend(&options, " signed-by=", kDebianKeyring);
  }
  if (!options.empty()) options = " [" + options.substr(1) + "]";
  return absl::StrCat("deb", options, " ", mirror.uri, " ", suite, " main\n");
}

// The hooks of the system's configuration would work on the system's caches.
std::string Configuration(const std::string& folder) {
  return absl::StrCat("Dir::Etc::SourceList \"", folder, "/sources.list\";\n",
                      "Dir::Etc::SourceParts \"/dev/null\";\n", "Dir::State \"", folder,
                      "/state\";\n", "Dir::State::Lists \"", folder, "/lists\";\n",
                      "Dir::State::status \"/dev/null\";\n", "Dir::Cache \"", folder, "/cache\";\n",
                      "Acquire::Languages \"none\";\n", "APT::Update::Error-Mode \"any\";\n",
                      // Another user could not read a folder of this one's.
                      "APT::Sandbox::User \"root\";\n", "#clear APT::Update::Pre-Invoke;\n",
                      "#clear APT::Update::Post-Invoke;\n",
                      "#clear APT::Update::Post-Invoke-Success;\n");
}

uint64_t BytesIn(const fs::path& folder) {
  uint64_t bytes = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    // apt renames its files while they are counted.
    const uint64_t size = entry.is_regular_file(error) ? entry.file_size(error) : 0;
    if (!error) bytes += size;
  }
  return bytes;
}

}  // namespace

absl::StatusOr<std::string> RunTool(const fs::path& folder, const std::vector<std::string>& argv,
                                    const std::function<bool()>& stop) {
  std::vector<std::string> all = {"/usr/bin/env", "--chdir=" + folder.string(), "LC_ALL=C"};
  all.insert(all.end(), argv.begin(), argv.end());
  const auto outcome = RunToEnd(all, kForEver, stop);
  if (!outcome.ok()) return outcome.status();
  if (outcome->timed_out) return absl::CancelledError("interrupted");
  if (outcome->end.ok()) return outcome->output;
  if (outcome->end.exit_code == 127)
    return absl::FailedPreconditionError(ErrorsIn(outcome->output));
  const std::string errors = ErrorsIn(outcome->output);
  return absl::UnavailableError(errors.empty() ? Describe(outcome->end) : errors);
}

absl::StatusOr<std::string> Apt::Run(const std::string& tool,
                                     const std::vector<std::string>& arguments,
                                     const std::function<bool()>& stop) const {
  std::vector<std::string> argv = {tool, "-q", "-c", (folder_ / "apt.conf").string()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  // apt-get download puts what it fetches where it runs.
  return RunTool(Downloads(), argv, stop);
}

absl::Status Apt::Use(const DebianMirror& mirror, const std::string& suite) {
  std::error_code error;
  for (const char* name : {"download", "state", "lists/partial", "cache/archives/partial"}) {
    fs::create_directories(folder_ / name, error);
    if (error) return absl::UnavailableError((folder_ / name).string() + ": " + error.message());
  }
  absl::Status written = WriteText(folder_ / "sources.list", AptSourceLine(mirror, suite));
  if (written.ok()) written = WriteText(folder_ / "apt.conf", Configuration(folder_.string()));
  if (!written.ok()) return written;
  const auto updated = Run("apt-get", {"update"}, stop_);
  if (updated.ok()) return absl::OkStatus();
  const std::string message(updated.status().message());
  // The other two of a mirror that is trusted, of which no Release file is asked.
  for (const char* const sign :
       {"does not have a Release file", "404  Not Found", "No such file or directory"}) {
    if (message.find(sign) != std::string::npos) {
      return absl::NotFoundError(absl::StrCat("no suite ", suite));
    }
  }
  return updated.status();
}

absl::StatusOr<std::optional<AptPackage>> Apt::Find(const std::string& package) {
  const auto shown = Run("apt-cache", {"show", "--no-all-versions", package}, stop_);
  if (!shown.ok()) {
    const bool none = shown.status().message().find("No packages found") != std::string::npos;
    if (!none) return shown.status();
    return std::nullopt;
  }
  AptPackage found;
  std::istringstream lines(*shown);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("Version: ")) found.version = line.substr(9);
    if (line.starts_with("Size: ")) {
      std::from_chars(line.data() + 6, line.data() + line.size(), found.bytes);
    }
  }
  if (found.version.empty()) return std::nullopt;
  return found;
}

absl::StatusOr<fs::path> Apt::Download(const std::string& package,
                                       const std::function<void(uint64_t)>& progress) {
  const auto fetched = Run("apt-get", {"download", package}, [&] {
    progress(BytesIn(Downloads()));
    return stop_();
  });
  if (!fetched.ok()) return fetched.status();
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(Downloads(), error)) {
    if (entry.path().extension() == ".deb") return entry.path();
  }
  return absl::InternalError(absl::StrCat("apt-get download ", package, " left no file"));
}

}  // namespace khofuzz
