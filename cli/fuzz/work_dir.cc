#include "cli/fuzz/work_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/capture/read_file.h"
#include "system/files.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxInputBytes = 16 << 20;
constexpr size_t kRoomBytes = 64 << 10;

absl::Status MakeFolder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(path.string(), ": cannot be made: ", error.message()));
}

// libFuzzer's names for inputs that fail.
bool IsArtifactName(std::string_view name) {
  constexpr std::array<std::string_view, 4> kPrefixes = {"crash-", "timeout-", "oom-", "leak-"};
  return name.find('.') == std::string_view::npos &&
         std::ranges::any_of(kPrefixes, [name](auto prefix) { return name.starts_with(prefix); });
}

}  // namespace

absl::StatusOr<WorkDir> WorkDir::Open(const fs::path& path, std::string_view design) {
  for (const char* const folder : {"", "findings", "tmp"}) {
    if (absl::Status made = MakeFolder(path / folder); !made.ok()) return made;
  }
  const fs::path file = path / ".lock";
  const int lock = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock < 0) return absl::ErrnoToStatus(errno, file.string());
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    close(lock);
    return absl::UnavailableError(
        absl::StrCat(path.string(), ": another khofuzz fuzz is at work there"));
  }
  const std::string suffix = design == "intended" ? "" : absl::StrCat("@", std::string(design));
  WorkDir made(path, suffix, lock);
  if (absl::Status room = made.CheckRoom(); !room.ok()) return room;
  return made;
}

WorkDir::WorkDir(WorkDir&& other) noexcept
    : path_(std::move(other.path_)),
      suffix_(std::move(other.suffix_)),
      lock_(std::exchange(other.lock_, -1)) {}

WorkDir::~WorkDir() {
  if (lock_ >= 0) close(lock_);
}

absl::Status WorkDir::CheckRoom() const {
  const fs::path file = path_ / "tmp" / "room";
  const absl::Status written = WriteFileAtomically(file, std::string(kRoomBytes, '#'));
  std::error_code error;
  fs::remove(file, error);
  return written;
}

absl::Status WorkDir::Prepare(const Target& target) const {
  for (const fs::path& folder : {Corpus(target), Artifacts(target) / "reported"}) {
    if (absl::Status made = MakeFolder(folder); !made.ok()) return made;
  }
  return absl::OkStatus();
}

std::string WorkDir::FolderName(const Target& target) const {
  return absl::StrCat(std::string(target.name), suffix_);
}

fs::path WorkDir::Corpus(const Target& target) const {
  return path_ / "corpus" / FolderName(target);
}

fs::path WorkDir::Artifacts(const Target& target) const {
  return path_ / "artifacts" / FolderName(target);
}

fs::path WorkDir::Temporary(const Target& target, std::string_view name) const {
  return path_ / "tmp" / absl::StrCat(std::string(target.name), ".", std::string(name));
}

std::vector<fs::path> WorkDir::UnreportedArtifacts(const Target& target) const {
  std::vector<fs::path> artifacts = FilesIn(Artifacts(target));
  std::erase_if(artifacts,
                [](const fs::path& p) { return !IsArtifactName(p.filename().string()); });
  return artifacts;
}

fs::path WorkDir::BestOf(const fs::path& artifact) { return artifact.string() + ".best"; }

void WorkDir::SetAside(const fs::path& artifact) {
  std::error_code error;
  fs::rename(artifact, artifact.parent_path() / "reported" / artifact.filename(), error);
  fs::remove(BestOf(artifact), error);
}

std::vector<fs::path> FilesIn(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_regular_file(error)) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

void RemoveCopies(const fs::path& folder, std::string_view bytes) {
  std::error_code error;
  for (const fs::path& file : FilesIn(folder)) {
    if (fs::file_size(file, error) == bytes.size() && InputBytes(file) == bytes) {
      fs::remove(file, error);
    }
  }
}

std::string InputBytes(const fs::path& path) {
  return ReadFile(path, kMaxInputBytes).value_or(std::string());
}

}  // namespace khofuzz
