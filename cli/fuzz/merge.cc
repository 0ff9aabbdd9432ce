#include "cli/fuzz/merge.h"

#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/fuzz/judge.h"
#include "scenario/language/reference.h"
#include "scenario/language/text.h"
#include "system/files.h"
#include "system/process.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

constexpr double kMergeSeconds = 1800;

}  // namespace

absl::StatusOr<size_t> MergeCorpus(const Search& search, const Target& target,
                                   const std::function<bool()>& stop) {
  const fs::path seeds = search.corpus / "seeds" / target.name;
  const fs::path merged = search.work->Temporary(target, "merge");
  std::error_code error;
  fs::remove_all(merged, error);
  fs::create_directories(merged, error);
  std::set<std::string> texts;
  for (const fs::path& seed : FilesIn(seeds)) {
    fs::copy_file(seed, merged / seed.filename(), error);
    texts.insert(InputBytes(seed));
  }
  std::vector<std::string> command = {(search.programs / target.name).string(), "-merge=1"};
  for (std::string& argument : EngineArguments()) command.push_back(std::move(argument));
  for (std::string& flag : search.player->Flags()) command.push_back(std::move(flag));
  for (const std::string& argument :
       {absl::StrCat("-timeout=", kHangSeconds), absl::StrCat("-rss_limit_mb=", kMemoryMb),
        merged.string(), search.work->Corpus(target).string()}) {
    command.push_back(argument);
  }
  const auto run = RunToEnd(command, kMergeSeconds, stop);
  if (!run.ok()) return run.status();
  if (run->timed_out || !run->end.ok()) {
    return absl::UnavailableError(
        absl::StrCat("the corpus of ", std::string(target.name), " could not be merged: ",
                     run->timed_out ? "it took too long, or was interrupted" : Describe(run->end)));
  }
  size_t added = 0;
  for (const fs::path& file : FilesIn(merged)) {
    if (fs::exists(seeds / file.filename(), error)) continue;
    std::string text = InputBytes(file);
    if (!target.language) text = Print(ParseLenient(text));
    if (!texts.insert(text).second) continue;
    // libFuzzer's names are hashes of the content; a part of one is enough here.
    const fs::path path = seeds / (file.filename().string().substr(0, 12) + ".kho");
    if (absl::Status saved = WriteFileAtomically(path, text); !saved.ok()) return saved;
    ++added;
  }
  fs::remove_all(merged, error);
  return added;
}

}  // namespace khofuzz
