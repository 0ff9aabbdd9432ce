#include "cli/linux/series.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <optional>
#include <system_error>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/lines.h"
#include "linux/build/run_commands.h"
#include "system/files.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

// What a hunk leaves behind it.
struct Hunk {
  std::string file;
  size_t at = 0;  // its first line there, from 0
  std::vector<std::string> after;
  std::vector<bool> added;  // by line of `after`
};

// "-1,2 +3,4 @@": where the new side begins, how many lines each has.
struct HunkHead {
  size_t old_lines = 1, new_begin = 0, new_lines = 1;
};
std::optional<HunkHead> HunkHeadOf(std::string_view line) {
  if (!line.starts_with("@@ -")) return std::nullopt;
  line.remove_prefix(4);
  HunkHead head;
  size_t old_begin = 0;
  const auto take = [&line](size_t& number) {
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    line.remove_prefix(static_cast<size_t>(end - line.data()));
    return error == std::errc();
  };
  const auto take_range = [&](size_t& begin, size_t& lines) {
    if (!take(begin)) return false;
    if (!line.starts_with(',')) return true;
    line.remove_prefix(1);
    return take(lines);
  };
  if (!take_range(old_begin, head.old_lines) || !line.starts_with(" +")) return std::nullopt;
  line.remove_prefix(2);
  if (!take_range(head.new_begin, head.new_lines) || !line.starts_with(" @@")) return std::nullopt;
  return head;
}

// "+++ b/mm/mm_init.c<TAB>date": without what stands for the tree's top. Empty: it is removed.
std::string FileOfHeader(std::string_view header) {
  std::string_view name = header.substr(4);
  name = name.substr(0, name.find('\t'));
  while (!name.empty() && (name.back() == '\r' || name.back() == ' ')) name.remove_suffix(1);
  if (name == "/dev/null") return "";
  const size_t top = name.find('/');
  return std::string(top == std::string_view::npos ? name : name.substr(top + 1));
}

std::vector<Hunk> HunksOf(std::string_view patch) {
  const std::vector<std::string_view> lines = LinesOf(patch);
  std::vector<Hunk> hunks;
  std::string file;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].starts_with("+++ ") && i > 0 && lines[i - 1].starts_with("--- ")) {
      file = FileOfHeader(lines[i]);
      continue;
    }
    const auto head = HunkHeadOf(lines[i]);
    if (!head.has_value()) continue;
    Hunk hunk{
        .file = file, .at = std::max<size_t>(head->new_begin, 1) - 1, .after = {}, .added = {}};
    size_t before = head->old_lines;
    while (i + 1 < lines.size() && (before > 0 || hunk.after.size() < head->new_lines)) {
      const std::string_view line = lines[++i];
      if (line.starts_with('\\')) continue;
      if (line.starts_with('-')) {
        before -= before > 0;
        continue;
      }
      const bool added = line.starts_with('+');
      // Mails may have lost the space of an empty line.
      hunk.after.emplace_back(line.empty() ? line : line.substr(1));
      hunk.added.push_back(added);
      if (!added) before -= before > 0;
    }
    if (!file.empty()) hunks.push_back(std::move(hunk));
  }
  return hunks;
}

// Where `wanted` is in `lines`, the place nearest to `about`.
std::optional<size_t> NearestPlace(const std::vector<std::string_view>& lines,
                                   const std::vector<std::string>& wanted, size_t about) {
  std::optional<size_t> best;
  for (size_t at = 0; at + wanted.size() <= lines.size(); ++at) {
    if (!std::equal(wanted.begin(), wanted.end(),
                    lines.begin() + static_cast<std::ptrdiff_t>(at))) {
      continue;
    }
    const auto far = [about](size_t place) {
      return place > about ? place - about : about - place;
    };
    if (!best.has_value() || far(at) < far(*best)) best = at;
  }
  return best;
}

absl::StatusOr<std::string> OutputOfGit(const std::vector<std::string>& arguments,
                                        bool differences_fail) {
  const auto folder = TemporaryFolder::Make("khofuzz-diff");
  if (!folder.ok()) return folder.status();
  std::error_code error;
  Command command{{"/usr/bin/env", "git"}, fs::current_path(error), folder->path() / "said.txt"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  const auto ends = RunCommands({command}, 1);
  if (!ends.ok()) return ends.status();
  const CommandEnd& end = ends->front();
  if (end.ok || (differences_fail && end.trouble == "exit code 1")) return end.output;
  return absl::InvalidArgumentError(
      absl::StrCat("git cannot tell what the tree has changed: ", end.output, end.trouble));
}

void AddSeries(const Series& more, Series& series) {
  series.lines.insert(series.lines.end(), more.lines.begin(), more.lines.end());
  series.gone.insert(series.gone.end(), more.gone.begin(), more.gone.end());
}

void SortSeries(Series& series) {
  const auto place = [](const SeriesLine& line) { return std::tie(line.file, line.line); };
  std::ranges::sort(series.lines, {}, place);
  const auto rest = std::ranges::unique(series.lines, {}, place);
  series.lines.erase(rest.begin(), rest.end());
}

// Of diffs as a tree's own: nothing is looked for.
Series AsItSays(std::string_view diff, const std::string& file) {
  Series series;
  for (const Hunk& hunk : HunksOf(diff)) {
    for (size_t i = 0; i < hunk.after.size(); ++i) {
      if (!hunk.added[i]) continue;
      series.lines.push_back(
          {file.empty() ? hunk.file : file, static_cast<unsigned>(hunk.at + i + 1), hunk.after[i]});
    }
  }
  SortSeries(series);
  return series;
}

bool IsBlank(const std::string& text) {
  return text.find_first_not_of(" \t\r") == std::string::npos;
}

// What a comment or a brace is not. The compiler counts those inside of a function, too.
bool IsCode(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  const bool comment = text.starts_with("/*") || text.starts_with("//") || text.starts_with("* ") ||
                       text.starts_with("*/") || text == "*";
  return !comment && std::ranges::any_of(text, [](unsigned char c) { return isalnum(c) != 0; });
}

}  // namespace

absl::StatusOr<Series> SeriesOf(std::string_view patch, const fs::path& tree) {
  const std::vector<Hunk> hunks = HunksOf(patch);
  if (hunks.empty()) return absl::InvalidArgumentError("no unified diff in it");
  Series series;
  std::map<std::string, std::string> texts;
  for (const Hunk& hunk : hunks) {
    auto [text, first] = texts.try_emplace(hunk.file);
    if (first) text->second = ReadText(tree / hunk.file).value_or("");
    const std::vector<std::string_view> lines = LinesOf(text->second);
    const auto add = [&](size_t from, size_t to, size_t at) {
      for (size_t i = from; i < to; ++i) {
        if (!hunk.added[i]) continue;
        series.lines.push_back(
            {hunk.file, static_cast<unsigned>(at + i - from + 1), hunk.after[i]});
      }
    };
    if (const auto at = NearestPlace(lines, hunk.after, hunk.at); at.has_value()) {
      add(0, hunk.after.size(), *at);
      continue;
    }
    // What is around it has changed since: runs of added lines by themselves.
    for (size_t from = 0, to = 0; from < hunk.after.size(); from = to) {
      to = from + 1;
      if (!hunk.added[from]) continue;
      while (to < hunk.after.size() && hunk.added[to]) ++to;
      const std::vector<std::string> run(hunk.after.begin() + static_cast<std::ptrdiff_t>(from),
                                         hunk.after.begin() + static_cast<std::ptrdiff_t>(to));
      const bool blank = std::ranges::all_of(run, IsBlank);
      const auto at = blank ? std::nullopt : NearestPlace(lines, run, hunk.at + from);
      if (at.has_value()) {
        add(from, to, *at);
        continue;
      }
      for (size_t i = from; i < to; ++i) {
        if (IsBlank(hunk.after[i])) continue;
        series.gone.push_back({hunk.file, static_cast<unsigned>(hunk.at + i + 1), hunk.after[i]});
      }
    }
  }
  if (series.lines.empty() && !series.gone.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("none of what it adds is in ", tree.string(), ": has it been applied there?"));
  }
  SortSeries(series);
  return series;
}

absl::StatusOr<Series> SeriesOfFiles(const std::vector<std::string>& patches,
                                     const fs::path& tree) {
  Series all;
  for (const std::string& patch : patches) {
    const auto text = ReadText(patch);
    if (!text.ok()) return text.status();
    const auto series = SeriesOf(*text, tree);
    if (!series.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(patch, ": ", std::string(series.status().message())));
    }
    AddSeries(*series, all);
  }
  SortSeries(all);
  return all;
}

absl::StatusOr<Series> SeriesSince(const std::string& revision, const fs::path& tree) {
  if (revision.starts_with('-')) {
    return absl::InvalidArgumentError(absl::StrCat(revision, ": no revision"));
  }
  // Paths from the tree's folder on, wherever the repository's top is.
  const auto diff =
      OutputOfGit({"-C", tree.string(), "diff", "--relative", "--no-ext-diff", "--no-color",
                   "--src-prefix=a/", "--dst-prefix=b/", revision, "--", "."},
                  false);
  if (!diff.ok()) return diff.status();
  return AsItSays(*diff, "");
}

absl::StatusOr<Series> SeriesBetween(const fs::path& base, const fs::path& patched,
                                     const std::vector<ReachedFile>& compiled) {
  Series all;
  std::error_code error;
  for (const ReachedFile& file : compiled) {
    const fs::path before = base / file.path;
    const auto diff = OutputOfGit(
        {"diff", "--no-index", "--no-ext-diff", "--no-color",
         fs::exists(before, error) ? fs::canonical(before, error).string() : "/dev/null",
         fs::canonical(patched / file.path, error).string()},
        true);
    if (!diff.ok()) return diff.status();
    AddSeries(AsItSays(*diff, file.path), all);
  }
  SortSeries(all);
  return all;
}

SeriesReach ReachOf(const Series& series, const std::vector<ReachedFile>& files) {
  SeriesReach reach;
  reach.gone = series.gone;
  for (const SeriesLine& line : series.lines) {
    const auto file = std::ranges::find(files, line.file, &ReachedFile::path);
    if (file == files.end()) {
      reach.not_compiled.push_back(line);
      continue;
    }
    const auto at = file->lines.find(line.line);
    const bool code = at != file->lines.end() && IsCode(line.text);
    (!code ? reach.no_code : at->second ? reach.executed : reach.not_executed).push_back(line);
  }
  return reach;
}

}  // namespace khofuzz
