// The folder that a search keeps everything in.
//
//   corpus/TARGET/              libFuzzer's corpus, kept from run to run
//   artifacts/TARGET/           inputs that failed, as libFuzzer wrote them, until they are
//   reported
//     NAME.best                 the smallest form of NAME so far, with what is known
//     (FormatFinding()) reported/                 those that have been
//   findings/                   what was found, for people
//   tmp/                        dictionaries, lists, candidates: nothing of value
//
// For a design other than the intended one, TARGET is TARGET@DESIGN: what fails there need not fail
// elsewhere.
#ifndef KHOFUZZ_CLI_FUZZ_WORK_DIR_H_
#define KHOFUZZ_CLI_FUZZ_WORK_DIR_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scenario/language/targets.h"

namespace khofuzz {

class WorkDir {
 public:
  // Makes the folder if need be and locks it as long as the object lives. Unavailable with the
  // system's reason, or if another search is at work there.
  static absl::StatusOr<WorkDir> Open(const std::filesystem::path& path, std::string_view design);
  WorkDir(WorkDir&& other) noexcept;
  WorkDir& operator=(WorkDir&&) = delete;
  ~WorkDir();

  // Whether files can be written there, with the system's reason: a disk may be full, which those
  // who write many small files, as libFuzzer does, do not say.
  absl::Status CheckRoom() const;

  // Makes the folders of one target.
  absl::Status Prepare(const Target& target) const;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path Corpus(const Target& target) const;
  std::filesystem::path Artifacts(const Target& target) const;
  std::filesystem::path Findings() const { return path_ / "findings"; }
  // A file or folder of this name, of use while the program runs.
  std::filesystem::path Temporary(const Target& target, std::string_view name) const;

  // Those not reported yet, by name.
  std::vector<std::filesystem::path> UnreportedArtifacts(const Target& target) const;
  static std::filesystem::path BestOf(const std::filesystem::path& artifact);
  // From now on it counts as reported; its NAME.best goes.
  static void SetAside(const std::filesystem::path& artifact);

 private:
  WorkDir(std::filesystem::path path, std::string suffix, int lock)
      : path_(std::move(path)), suffix_(std::move(suffix)), lock_(lock) {}
  std::string FolderName(const Target& target) const;

  std::filesystem::path path_;
  std::string suffix_;  // of a target's folders
  int lock_;
};

// The regular files in a folder, by name; empty if there is no such folder.
std::vector<std::filesystem::path> FilesIn(const std::filesystem::path& folder);
// Removes the files in `folder` whose content is `bytes`.
void RemoveCopies(const std::filesystem::path& folder, std::string_view bytes);
// The content of an input file; empty if it cannot be read.
std::string InputBytes(const std::filesystem::path& path);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_WORK_DIR_H_
