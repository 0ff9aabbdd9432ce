#include "cli/fuzz/booted_verdict.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/fuzz/booted_quirks.h"
#include "cli/fuzz/work_dir.h"
#include "cli/places.h"
#include "scenario/language/text.h"
#include "system/files.h"
#include "system/shell_word.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::array kNames = {
    std::pair(BootedAs::kConfirmed, "confirmed"),
    std::pair(BootedAs::kCauseConfirmed, "its cause is confirmed"),
    std::pair(BootedAs::kNotConfirmed, "not confirmed"),
    std::pair(BootedAs::kCannotBeBooted, "cannot be booted"),
};

std::optional<std::string> TextIn(const Json& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<BootedVerdict> VerdictIn(const Json& row) {
  if (!row.is_object()) return std::nullopt;
  BootedVerdict verdict;
  for (const auto& [key, into] :
       {std::pair("tree", &verdict.tree), std::pair("cause", &verdict.cause),
        std::pair("release", &verdict.release), std::pair("machine", &verdict.machine),
        std::pair("scenario", &verdict.scenario)}) {
    std::optional<std::string> text = TextIn(row, key);
    if (!text.has_value()) return std::nullopt;
    *into = *std::move(text);
  }
  const std::optional<std::string> name = TextIn(row, "verdict");
  const auto as = std::ranges::find_if(
      kNames, [&name](const auto& one) { return name.has_value() && *name == one.second; });
  const auto evidence = row.find("evidence");
  if (as == kNames.end() || evidence == row.end() || !evidence->is_array()) return std::nullopt;
  verdict.as = as->first;
  for (const Json& line : *evidence) {
    if (!line.is_string()) return std::nullopt;
    verdict.evidence.push_back(line.get<std::string>());
  }
  return verdict;
}

Json RowOf(const BootedVerdict& verdict) {
  return {{"tree", verdict.tree},        {"verdict", BootedAsName(verdict.as)},
          {"cause", verdict.cause},      {"release", verdict.release},
          {"machine", verdict.machine},  {"evidence", verdict.evidence},
          {"scenario", verdict.scenario}};
}

std::string Tell(const BootedVerdict& verdict, const std::string& scenario) {
  const std::string on =
      absl::StrCat(" on a booted Linux ", verdict.release, " (", verdict.machine, "): ");
  const std::string evidence = absl::StrJoin(verdict.evidence, "; ");
  std::string text;
  switch (verdict.as) {
    case BootedAs::kConfirmed:
      text = absl::StrCat("Confirmed", on, evidence);
      break;
    case BootedAs::kCauseConfirmed:
      text = absl::StrCat("Its cause, ", verdict.cause, ", is confirmed", on, evidence);
      break;
    case BootedAs::kNotConfirmed:
      text = absl::StrCat("Not confirmed", on, "seen instead: ", evidence);
      break;
    case BootedAs::kCannotBeBooted:
      text = absl::StrCat("Cannot be booted (", verdict.tree, "): ", evidence);
      break;
  }
  if (!absl::EndsWith(text, ".")) absl::StrAppend(&text, ".");
  if (verdict.scenario != scenario) {
    absl::StrAppend(&text, " That was asked of an earlier form of the scenario.");
  }
  return text;
}

// Why `confirm` cannot be asked; empty where it can.
std::string WhyNotAsked(const Finding& finding) {
  if (finding.trees.size() > 1) return "it was found on several trees, and `confirm` boots one";
  if (!finding.compiled.config.empty()) {
    return absl::StrCat("it was found with the configuration ", finding.compiled.config,
                        ", and `confirm` plays the default one beside the kernel");
  }
  return "";
}

}  // namespace

std::string BootedAsName(BootedAs as) {
  return std::ranges::find(kNames, as, [](const auto& one) { return one.first; })->second;
}

fs::path BootedVerdictsPath(const fs::path& path) {
  return fs::path(path).replace_extension(".booted.json");
}

absl::StatusOr<std::vector<BootedVerdict>> BootedVerdictsOn(const fs::path& path) {
  const fs::path file = BootedVerdictsPath(path);
  std::vector<BootedVerdict> verdicts;
  std::error_code error;
  if (!fs::exists(file, error)) return verdicts;
  const auto bad = [&file] {
    return absl::DataLossError(
        absl::StrCat(file.string(), ": not what `khofuzz confirm` writes; remove it"));
  };
  const Json json = Json::parse(InputBytes(file), nullptr, /*allow_exceptions=*/false);
  if (!json.is_array()) return bad();
  for (const Json& row : json) {
    std::optional<BootedVerdict> verdict = VerdictIn(row);
    if (!verdict.has_value()) return bad();
    verdicts.push_back(*std::move(verdict));
  }
  return verdicts;
}

absl::Status KeepBootedVerdict(const fs::path& path, const BootedVerdict& verdict) {
  auto verdicts = BootedVerdictsOn(path);
  if (!verdicts.ok()) return verdicts.status();
  std::erase_if(*verdicts,
                [&verdict](const BootedVerdict& one) { return one.tree == verdict.tree; });
  verdicts->push_back(verdict);
  std::ranges::sort(*verdicts, {}, &BootedVerdict::tree);
  Json json = Json::array();
  for (const BootedVerdict& one : *verdicts) json.push_back(RowOf(one));
  return WriteFileAtomically(BootedVerdictsPath(path),
                             json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::vector<std::string> TellBooted(const Finding& finding, const fs::path& path) {
  if (finding.target->language) return {};
  std::vector<std::string> told;
  const auto verdicts = BootedVerdictsOn(path);
  if (!verdicts.ok()) {
    told.push_back(absl::StrCat("What a booted kernel showed cannot be read: ",
                                std::string(verdicts.status().message()), "."));
  } else {
    const std::string scenario = Print(ParseLenient(finding.text));
    for (const BootedVerdict& verdict : *verdicts) told.push_back(Tell(verdict, scenario));
    if (const std::string why = WhyNotAsked(finding); verdicts->empty() && !why.empty()) {
      told.push_back(absl::StrCat("Not tried on a booted kernel: ", why, "."));
    }
  }
  const std::string& quirks = finding.known_as.empty() ? finding.verdict.same_as : finding.known_as;
  for (std::string& sentence : TellBootedQuirks(quirks, finding.release)) {
    told.push_back(std::move(sentence));
  }
  return told;
}

std::string ConfirmCommand(const Finding& finding, const fs::path& path) {
  if (finding.target->language || !WhyNotAsked(finding).empty()) return "";
  const auto verdicts = BootedVerdictsOn(path);
  if (verdicts.ok() && !verdicts->empty()) return "";
  std::string command = absl::StrCat(
      ShellQuoted(OwnCommand()), " confirm ", ShellQuoted(WholePath(path).string()), " --linux ",
      finding.trees.empty() ? "TREE" : ShellQuoted(finding.trees.front()));
  if (!finding.compiled.prelude.empty()) {
    absl::StrAppend(&command, " --prelude ", ShellQuoted(finding.compiled.prelude));
  }
  return command;
}

}  // namespace khofuzz
