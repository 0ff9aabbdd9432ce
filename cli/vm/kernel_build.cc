#include "cli/vm/kernel_build.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/linux/tree_cache.h"
#include "linux/build/fingerprint.h"
#include "linux/build/folder_lock.h"
#include "system/clock.h"
#include "system/files.h"
#include "system/process.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

constexpr double kProgressPace = 10;  // seconds
constexpr size_t kErrorLines = 12;

// The folders of a tree that no kernel of ours is made of.
constexpr std::array<std::string_view, 5> kNotLookedAt = {"Documentation", ".git", "samples",
                                                          "LICENSES", "rust"};
// What init and module are made of.
constexpr std::array<const char*, 3> kGuestSources = {"init.c", "khofuzz_guest.c", "Makefile"};

bool OnPath(const std::string& program) {
  const char* const path = std::getenv("PATH");
  const std::vector<std::string> folders =
      absl::StrSplit(path == nullptr ? "/usr/bin:/bin" : path, ':');
  return std::ranges::any_of(folders, [&](const std::string& folder) {
    return access((fs::path(folder) / program).c_str(), X_OK) == 0;
  });
}

// A file's content is what it was if neither size nor time has changed: a tree is too large to be
// read each time.
std::string IdentityOf(const fs::path& tree) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::recursive_directory_iterator at(tree, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (at.depth() == 0 && std::ranges::find(kNotLookedAt, name) != kNotLookedAt.end()) {
      at.disable_recursion_pending();
    } else if (at->is_regular_file(error)) {
      files.push_back(at->path());
    }
  }
  std::ranges::sort(files);
  Fingerprint print;
  for (const fs::path& file : files) print.AddIdentity(file);
  return print.Hex();
}

class KernelBuilder {
 public:
  explicit KernelBuilder(const KernelBuild& build) : build_(build) {}

  absl::StatusOr<fs::path> Build() {
    if (absl::Status folder = CheckFolder(build_.tree); !folder.ok()) return folder;
    std::error_code error;
    tree_ = fs::canonical(build_.tree, error);
    if (error) return absl::ErrnoToStatus(error.value(), build_.tree.string());
    if (const absl::Status whole = CheckWhole(); !whole.ok()) return whole;
    if (const absl::Status config = ReadFragment(); !config.ok()) return config;
    if (const absl::Status folder = ChooseFolder(); !folder.ok()) return folder;
    const auto lock = FolderLock::Take(
        folder_, [this] { Say("waiting for another khofuzz that builds this kernel"); });
    if (!lock.ok()) return lock.status();
    const std::string made_of = MadeOf();
    const auto before = ReadText(folder_ / "made-of");
    if (before.ok() && *before == made_of && ImageIn(folder_).ok()) return folder_;
    const std::vector<std::string> missing = MissingForKernelBuild();
    if (!missing.empty()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "to build a kernel this machine lacks ", absl::StrJoin(missing, " "),
          " (as Debian calls the packages): tools/install-packages packages-vm.txt installs them"));
    }
    fs::remove(folder_ / "made-of", error);
    log_.open(folder_ / "log.txt", std::ios::trunc);
    for (const auto step : {&KernelBuilder::Configure, &KernelBuilder::Compile,
                            &KernelBuilder::MakeGuest, &KernelBuilder::MakeInitrd}) {
      if (const absl::Status done = (this->*step)(); !done.ok()) return done;
    }
    const absl::Status noted = WriteFileAtomically(folder_ / "made-of", made_of);
    if (!noted.ok()) return noted;
    return folder_;
  }

 private:
  void Say(const std::string& what) const {
    if (build_.progress) build_.progress(what);
  }
  fs::path Output() const { return folder_ / "build"; }

  absl::Status CheckWhole() const {
    std::error_code error;
    if (fs::exists(tree_ / "scripts/kconfig/merge_config.sh", error) &&
        fs::exists(tree_ / "arch/x86/Kconfig", error)) {
      return absl::OkStatus();
    }
    const bool part = fs::exists(tree_ / "mm/memblock.c", error);
    return absl::FailedPreconditionError(absl::StrCat(
        tree_.string(), part ? ": only parts of a Linux tree, as `khofuzz linux get` keeps them; a "
                               "kernel needs all of it: a git tree, or what `khofuzz linux get "
                               "--whole` fetches"
                             : ": no Linux source tree"));
  }

  absl::Status ReadFragment() {
    const auto own = ReadText(build_.sources / "kernel.config");
    if (!own.ok()) return own.status();
    fragment_ = *own;
    if (build_.config_add.empty()) return absl::OkStatus();
    const auto added = ReadText(build_.config_add);
    if (!added.ok()) return added.status();
    absl::StrAppend(&fragment_, "\n", *added);
    return absl::OkStatus();
  }

  absl::Status ChooseFolder() {
    if (!build_.out.empty()) {
      folder_ = WholePath(build_.out);
      return absl::OkStatus();
    }
    const auto cache = CacheFolder([](const char* name) { return std::getenv(name); });
    if (!cache.ok()) return cache.status();
    Fingerprint print;
    print.Add(tree_.string());
    print.Add(fragment_);
    folder_ =
        *cache / "vm" / absl::StrCat(tree_.filename().string(), "-", print.Hex().substr(0, 8));
    return absl::OkStatus();
  }

  std::string MadeOf() const {
    Fingerprint print;
    print.Add(IdentityOf(tree_));
    print.Add(fragment_);
    for (const char* const name : kGuestSources) {
      (void)print.AddFile(build_.sources / "guest" / name);
    }
    return print.Hex();
  }

  // Runs a program to its end; what it prints goes to the log.
  absl::Status Run(const std::string& what, std::vector<std::string> argv, bool counted = false) {
    argv.insert(argv.begin(), {"/usr/bin/env", "LC_ALL=C"});
    log_ << "$ " << absl::StrJoin(argv, " ") << "\n";
    auto process = Process::Start(argv);
    if (!process.ok()) return process.status();
    std::vector<std::string> last;
    uint64_t files = 0;
    Clock::time_point told = Clock::now();
    std::optional<ProcessEnd> end;
    bool stopped = false;
    for (;;) {
      end = process->End();
      for (const std::string& line : process->TakeLines()) {
        log_ << line << "\n";
        if (absl::StartsWith(line, "  CC ") || absl::StartsWith(line, "  AS ")) ++files;
        if (line.find("rror") != std::string::npos || line.find("***") != std::string::npos ||
            line.find("not found") != std::string::npos) {
          if (last.size() < kErrorLines) last.push_back(line);
        }
      }
      if (end.has_value()) break;
      if (!stopped && build_.stop && build_.stop()) {
        stopped = true;
        process->Kill();
      }
      if (counted && SecondsBetween(told, Clock::now()) >= kProgressPace) {
        told = Clock::now();
        Say(absl::StrCat(what, ": ", files, " files"));
      }
      pollfd readable = {process->output_fd(), POLLIN, 0};
      poll(&readable, 1, 100);
    }
    log_.flush();
    if (stopped) return absl::CancelledError("interrupted");
    if (end->ok()) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat(
        what, " fails (", Describe(*end), "); all that was said: ", (folder_ / "log.txt").string(),
        last.empty() ? "" : "\n", absl::StrJoin(last, "\n")));
  }

  std::vector<std::string> Make(const std::vector<std::string>& targets) const {
    const unsigned cpus = std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::string> argv = {"make", "-C", tree_.string(), "O=" + Output().string(),
                                     absl::StrCat("-j", build_.jobs == 0 ? cpus : build_.jobs)};
    argv.insert(argv.end(), targets.begin(), targets.end());
    return argv;
  }

  absl::Status Configure() {
    std::error_code error;
    fs::create_directories(Output(), error);
    const fs::path fragment = folder_ / "fragment.config";
    absl::Status done = WriteText(fragment, fragment_);
    if (!done.ok()) return done;
    Say(absl::StrCat("configuring the kernel in ", folder_.string()));
    const fs::path at = Output() / ".config";
    const auto old = ReadText(at);
    done = Run("make tinyconfig", Make({"tinyconfig"}));
    if (done.ok()) {
      done = Run("merge_config.sh", {(tree_ / "scripts/kconfig/merge_config.sh").string(), "-m",
                                     "-O", Output().string(), at.string(), fragment.string()});
    }
    if (done.ok()) done = Run("make olddefconfig", Make({"olddefconfig"}));
    if (!done.ok()) return done;
    const auto config = ReadText(at);
    if (!config.ok()) return config.status();
    for (const std::string& option : OptionsNotTaken(fragment_, *config)) {
      if (option == "CONFIG_KEXEC_HANDOVER=y" || option == "CONFIG_DEFERRED_STRUCT_PAGE_INIT=y") {
        return absl::FailedPreconditionError(
            absl::StrCat(tree_.string(), ": a kernel of it cannot have ", option));
      }
      Say(absl::StrCat("this tree does not take ", option));
    }
    return absl::OkStatus();
  }

  absl::Status Compile() {
    Say("compiling the kernel: some minutes");
    return Run("compiling the kernel", Make({"bzImage", "modules"}), /*counted=*/true);
  }

  absl::Status MakeGuest() {
    Say("making the guest's module and init");
    std::error_code error;
    const fs::path guest = folder_ / "guest";
    fs::create_directories(guest, error);
    for (const char* const name : kGuestSources) {
      fs::copy_file(build_.sources / "guest" / name, guest / name,
                    fs::copy_options::overwrite_existing, error);
      if (error)
        return absl::UnavailableError(absl::StrCat((guest / name).string(), ": ", error.message()));
    }
    absl::Status done =
        Run("compiling the guest's module", Make({"M=" + guest.string(), "modules"}));
    if (!done.ok()) return done;
    return Run("compiling the guest's init",
               {"cc", "-static", "-Os", "-s", "-Wall", "-o", (guest / "init").string(),
                (guest / "init.c").string()});
  }

  absl::Status MakeInitrd() {
    const fs::path guest = folder_ / "guest";
    const std::string list = absl::StrCat(
        "dir /dev 755 0 0\nnod /dev/console 600 0 0 c 5 1\nfile /init ", (guest / "init").string(),
        " 755 0 0\nfile /khofuzz_guest.ko ", (guest / "khofuzz_guest.ko").string(), " 644 0 0\n");
    const absl::Status written = WriteText(guest / "initrd.list", list);
    if (!written.ok()) return written;
    return Run(
        "making the initramfs",
        {"sh", "-c", "\"$1\" \"$2\" >\"$3\"", "sh", (Output() / "usr/gen_init_cpio").string(),
         (guest / "initrd.list").string(), (folder_ / "initrd.img").string()});
  }

  const KernelBuild& build_;
  fs::path tree_, folder_;
  std::string fragment_;
  std::ofstream log_;
};

}  // namespace

std::vector<std::string> MissingForKernelBuild() {
  struct Need {
    const char* program;
    const char* package;
  };
  std::vector<std::string> missing;
  for (const Need& need :
       {Need{"make", "make"}, Need{"gcc", "gcc"}, Need{"ld", "binutils"}, Need{"flex", "flex"},
        Need{"bison", "bison"}, Need{"bc", "bc"}, Need{"perl", "perl"}}) {
    if (!OnPath(need.program)) missing.emplace_back(need.package);
  }
  std::error_code error;
  const auto has_header = [&](const char* header) {
    return fs::exists(fs::path("/usr/include") / header, error);
  };
  if (!has_header("libelf.h")) missing.emplace_back("libelf-dev");
  if (!has_header("stdlib.h")) missing.emplace_back("libc6-dev");
  return missing;
}

absl::StatusOr<fs::path> BuildKernel(const KernelBuild& build) {
  return KernelBuilder(build).Build();
}

absl::StatusOr<VmImage> ImageIn(const fs::path& folder) {
  VmImage image{.kernel = folder / "build/arch/x86/boot/bzImage", .initrd = folder / "initrd.img"};
  std::error_code error;
  for (const fs::path& file : {image.kernel, image.initrd}) {
    if (!fs::is_regular_file(file, error)) {
      return absl::NotFoundError(absl::StrCat(
          file.string(), ": no such file; `khofuzz vm build TREE` makes it and prints the folder"));
    }
  }
  if (const auto release = ReadText(folder / "build/include/config/kernel.release"); release.ok()) {
    image.release = release->substr(0, release->find('\n'));
  }
  if (const auto map = ReadText(folder / "build/System.map"); map.ok()) {
    image.symbols = SymbolsOf(*map);
  }
  return image;
}

std::vector<std::string> OptionsNotTaken(std::string_view fragment, std::string_view config) {
  const auto is_option = [](std::string_view line) {
    return line.starts_with("CONFIG_") ||
           (line.starts_with("# CONFIG_") && line.ends_with(" is not set"));
  };
  std::set<std::string> has;
  std::set<std::string> mentioned;
  const auto name_of = [](const std::string& line) {
    const size_t begin = line.find("CONFIG_");
    return line.substr(begin, line.find_first_of("= ", begin) - begin);
  };
  std::istringstream lines{std::string(config)};
  for (std::string line; std::getline(lines, line);) {
    if (!is_option(line)) continue;
    has.insert(line);
    mentioned.insert(name_of(line));
  }
  std::vector<std::string> wanted;  // the last word on each
  std::istringstream own{std::string(fragment)};
  for (std::string line; std::getline(own, line);) {
    if (!is_option(line)) continue;
    std::erase_if(wanted,
                  [&](const std::string& other) { return name_of(other) == name_of(line); });
    wanted.push_back(line);
  }
  std::erase_if(wanted, [&](const std::string& line) {
    return has.contains(line) || (line.starts_with("#") && !mentioned.contains(name_of(line)));
  });
  return wanted;
}

}  // namespace khofuzz
