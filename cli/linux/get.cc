#include <algorithm>
#include <cstdlib>
#include <functional>
#include <ostream>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/commands/exit_code.h"
#include "cli/linux/apt.h"
#include "cli/linux/apt_sources.h"
#include "cli/linux/linux.h"
#include "cli/linux/tree_cache.h"
#include "system/clock.h"
#include "system/interrupt.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

// Those that had or may come to have kernels with KHO, small lists of packages first.
const std::vector<std::string> kSuites = {
    "trixie-backports",   "sid",   "trixie",      "forky-backports",
    "bookworm-backports", "forky", "experimental"};

constexpr const char* kKho = "kernel/liveupdate/kexec_handover.c";
constexpr uint64_t kTreeBytes = 100 << 20;  // at most, on a disk
constexpr uint64_t kWholeTreeBytes = uint64_t{2'500} << 20;

// Two numbers with a point between them.
bool IsVersion(const std::string& text) {
  const size_t point = text.find('.');
  const auto number = [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  return point != std::string::npos && number(text.substr(0, point)) &&
         number(text.substr(point + 1));
}

// One run of the command.
class Getter {
 public:
  Getter(const LinuxGetOptions& options, const Interrupt& interrupt, std::ostream& err)
      : options_(options), interrupt_(interrupt), err_(err) {}

  absl::StatusOr<fs::path> Get() {
    if (!IsVersion(options_.version)) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", options_.version, "' should be a release such as 7.3"));
    }
    const auto folder = CacheFolder([](const char* name) { return std::getenv(name); });
    if (!folder.ok()) return folder.status();
    const TreeCache cache(*folder);
    if (cache.Has(tree_name_) && !options_.again) return Present(cache);
    const auto lock = cache.Lock([&] { Say("waiting for another khofuzz that fetches a tree"); });
    if (!lock.ok()) return lock.status();
    if (cache.Has(tree_name_) && !options_.again) return Present(cache);

    absl::Status status = Fetch(cache);
    cache.CleanUp();
    if (!status.ok()) return status;
    return cache.TreePath(tree_name_);
  }

 private:
  absl::StatusOr<fs::path> Present(const TreeCache& cache) const {
    if (options_.suites.empty()) return cache.TreePath(tree_name_);
    return absl::FailedPreconditionError(
        absl::StrCat("--suite has no effect: ", tree_name_,
                     " is there already, of whatever suite; --again fetches it anew"));
  }

  void Say(const std::string& what) { err_ << "khofuzz: " << what << std::endl; }
  std::function<bool()> Stop() const {
    return [this] { return interrupt_.signal() != 0; };
  }

  absl::Status Fetch(const TreeCache& cache) {
    const auto fresh = cache.FreshFolder();
    if (!fresh.ok()) return fresh.status();
    Apt apt(*fresh, Stop());
    const auto found = FindPackage(apt);
    if (!found.ok()) return found.status();
    // The package, what is in it, and the tree: not all at once, but nearly.
    const absl::Status room =
        cache.CheckRoom(2 * found->bytes + (options_.whole ? kWholeTreeBytes : kTreeBytes));
    if (!room.ok()) return room;
    const auto package = Download(apt, *found);
    if (!package.ok()) return package.status();
    const auto tree = Unpack(*package, *fresh);
    if (!tree.ok()) return tree.status();
    return cache.Put(*tree, tree_name_);
  }

  // Leaves `apt` with the suite that has it.
  absl::StatusOr<AptPackage> FindPackage(Apt& apt) {
    const auto mirrors = DebianMirrors(ReadAptSources("/etc/apt"));
    if (mirrors.empty()) {
      return absl::FailedPreconditionError(
          "the package sources of this machine name no Debian mirror; any other way to get a Linux "
          "tree will do, khofuzz takes its path");
    }
    const auto& suites = options_.suites.empty() ? kSuites : options_.suites;
    std::vector<std::string> tried;
    std::string trouble;
    bool reached = false;
    for (const DebianMirror& mirror : mirrors) {
      for (const std::string& suite : suites) {
        Say(absl::StrCat("looking for ", package_, " in ", suite));
        const absl::Status used = apt.Use(mirror, suite);
        if (absl::IsCancelled(used) || absl::IsFailedPrecondition(used)) return used;
        reached |= !absl::IsUnavailable(used);
        if (absl::IsUnavailable(used)) {
          trouble = std::string(used.message());
          tried.push_back(suite + " (could not be read)");
          // What cannot be reached is not reached by asking for something else.
          if (trouble.find("Failed to fetch") != std::string::npos) break;
        } else if (absl::IsNotFound(used)) {
          tried.push_back(suite + " (no such suite)");
        } else {
          const auto found = apt.Find(package_);
          if (!found.ok()) return found.status();
          if (found->has_value()) return **found;
          tried.push_back(suite);
        }
      }
    }
    if (!reached) {
      return absl::UnavailableError(
          absl::StrCat("no mirror of Debian's can be asked for ", package_, ":\n", trouble));
    }
    return absl::NotFoundError(absl::StrCat(
        "no ", package_, " in any suite of Debian's; tried: ", absl::StrJoin(tried, ", "),
        trouble.empty() ? "" : "\n" + trouble));
  }

  absl::StatusOr<fs::path> Download(Apt& apt, const AptPackage& package) {
    const uint64_t all = std::max<uint64_t>(package.bytes, 1);
    Say(absl::StrCat("fetching ", package_, " ", package.version, ", ", all / 1'000'000, " MB"));
    Clock::time_point told = Clock::now();
    return apt.Download(package_, [&](uint64_t bytes) {
      if (SecondsBetween(told, Clock::now()) < 3) return;
      told = Clock::now();
      Say(absl::StrCat("fetched ", bytes * 100 / all, " %"));
    });
  }

  absl::StatusOr<fs::path> Unpack(const fs::path& package, const fs::path& fresh) {
    Say(absl::StrCat("unpacking ", options_.whole ? "" : "what is needed of ", package_));
    const fs::path contents = fresh / "package";
    const auto opened =
        RunTool(fresh, {"dpkg-deb", "-x", package.string(), contents.string()}, Stop());
    if (!opened.ok()) return opened.status();
    std::error_code error;
    fs::remove(package, error);
    const fs::path tree = fresh / "tree";
    fs::create_directory(tree, error);
    std::vector<std::string> argv = {
        "tar",
        "--extract",
        "--xz",
        "--no-same-owner",
        "--strip-components=1",
        "--directory=" + tree.string(),
        "--file=" + (contents / "usr/src" / (package_ + ".tar.xz")).string()};
    if (!options_.whole) {
      for (const char* const part : kTreeParts) argv.push_back(absl::StrCat(package_, "/", part));
    }
    const auto unpacked = RunTool(fresh, argv, Stop());
    if (absl::IsCancelled(unpacked.status())) return unpacked.status();
    // tar complains of every part that is not there; KHO's is the one that matters.
    std::error_code missing;
    if (!fs::exists(tree / kKho, missing)) {
      return absl::FailedPreconditionError(
          absl::StrCat("Linux ", options_.version, " has no KHO that khofuzz can play: no ", kKho,
                       ". KHO came with Linux 6.16, khofuzz plays it as of 7.2"));
    }
    if (!unpacked.ok()) return unpacked.status();
    return tree;
  }

  const LinuxGetOptions& options_;
  const Interrupt& interrupt_;
  std::ostream& err_;
  const std::string package_ = "linux-source-" + options_.version;
  const std::string tree_name_ = package_ + (options_.whole ? "-whole" : "");
};

}  // namespace

int LinuxGetCommand(const LinuxGetOptions& options, std::ostream& out, std::ostream& err) {
  const Interrupt interrupt;
  const auto tree = Getter(options, interrupt, err).Get();
  if (tree.ok()) {
    out << tree->string() << "\n";
    return kExitFine;
  }
  const int bad = TellBad(err, "linux get", tree.status());
  return interrupt.signal() != 0 ? 128 + interrupt.signal() : bad;
}

}  // namespace khofuzz
