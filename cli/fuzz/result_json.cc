#include "cli/fuzz/result_json.h"

#include "absl/strings/str_cat.h"
#include "cli/fuzz/booted_quirks.h"
#include "cli/fuzz/booted_verdict.h"
#include "cli/fuzz/table.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

using OrderedJson = nlohmann::ordered_json;

// When it showed: after an op line, or in a phase of the boot that the end of a scenario, or none
// of its ops, brings about. Never empty.
std::string OpLine(const Finding& finding) {
  if (finding.target->language) return "the text";
  const Scenario scenario = ParseLenient(finding.text);
  const size_t op_line = finding.verdict.op_line;
  if (op_line != 0 && op_line <= scenario.op_count()) return PrintOp(scenario, op_line - 1);
  if (!finding.phase.empty() && finding.phase != "running") {
    return absl::StrCat("the boot: ", finding.phase);
  }
  return scenario.op_count() == 0 ? "the boot" : "the end";
}

OrderedJson VariantJson(const FindingLog::Variant& variant) {
  const Finding& finding = variant.finding;
  return {{"target", std::string(finding.target->name)},
          {"invariant", finding.verdict.invariant},
          {"what", finding.verdict.what},
          {"op", OpLine(finding)},
          {"op_line", finding.verdict.op_line},
          {"function", finding.author},
          {"answers_wrongly", finding.answers},
          {"phase", finding.phase},
          {"ops", OpLines(finding)},
          {"scenario", finding.text},
          {"shrunk", finding.shrunk},
          {"file", variant.path.string()},
          {"replay", ReplayCommand(finding, variant.path)},
          {"report", OrNull(ReportCommand(finding, variant.path))},
          {"booted", TellBooted(finding, variant.path)},
          {"confirm", OrNull(ConfirmCommand(finding, variant.path))},
          {"times", variant.times}};
}

}  // namespace

OrderedJson OrNull(const std::string& text) {
  return text.empty() ? OrderedJson(nullptr) : OrderedJson(text);
}

std::string_view ReachedName(Reached reached) {
  switch (reached) {
    case Reached::kNothing:
      return "nothing";
    case Reached::kSeeds:
      return "seeds";
    case Reached::kSearch:
      break;
  }
  return "search";
}

OrderedJson FindingJson(const FindingLog::Entry& entry) {
  const Finding& finding = entry.finding();
  OrderedJson json = VariantJson(entry.variants.front());
  json["times"] = entry.times();
  json["cause"] = CauseName(finding);
  json["seconds"] = entry.first.seconds;
  json["execs"] = entry.first.execs;
  json["seen_before"] = entry.seen_before;
  json["configuration"] = OrNull(finding.compiled.config);
  json["known_as"] = OrNull(finding.known_as);
  json["same_as"] = OrNull(finding.verdict.same_as);
  json["release"] = OrNull(finding.release);
  json["release_has_it"] = finding.of_release();
  json["release_breaks"] = OrNull(finding.release_breaks);
  json["variants"] = OrderedJson::array();
  for (size_t i = 1; i < entry.variants.size(); ++i) {
    json["variants"].push_back(VariantJson(entry.variants[i]));
    json["variants"].back()["seen_before"] = entry.variants[i].seen_before;
  }
  return json;
}

std::string ResultJson(const FuzzResult& result) {
  OrderedJson json;
  json["error"] = result.not_built.empty() ? OrderedJson(nullptr) : OrderedJson(result.not_built);
  json["seed"] = result.seed;
  json["seconds"] = result.seconds;
  json["design"] = result.design;
  json["linux"] = result.trees;
  if (!result.trees.empty()) {
    const std::string& config = result.compiled.config;
    json["configuration"] = config.empty() ? "default" : config;
  }
  json["interrupted"] = result.interrupted;
  json["targets"] = OrderedJson::array();
  for (const TargetResult& target : result.targets) {
    json["targets"].push_back({{"name", target.name},
                               {"execs", target.stats.execs},
                               {"seconds", target.seconds},
                               {"execs_per_s", PerSecond(target.stats.execs, target.seconds)},
                               {"coverage", target.stats.coverage},
                               {"corpus", target.stats.corpus},
                               {"restarts", target.restarts},
                               {"failed", target.failed},
                               {"reached", std::string(ReachedName(target.reached))}});
  }
  json["findings"] = OrderedJson::array();
  for (const FindingLog::Entry& entry : result.findings) {
    json["findings"].push_back(FindingJson(entry));
  }
  json["not_seen_again"] = result.not_seen_again;
  for (const KnownFinding& known : result.known) {
    const Scenario scenario = ParseLenient(known.text);
    json["findings"].push_back({{"invariant", known.invariant},
                                {"what", known.what},
                                {"op", known.op},
                                {"ops", scenario.op_count()},
                                {"scenario", known.text},
                                {"known_as", known.quirk},
                                {"booted", TellBootedQuirks(known.quirk, result.release)},
                                {"file", known.path.string()}});
  }
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

}  // namespace khofuzz
