#include "cli/play/tree_design.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <span>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/designs/asked_elsewhere.h"
#include "core/designs/named.h"
#include "linux/build/fingerprint.h"
#include "linux/build/tree_builder.h"
#include "linux/confined_trees.h"
#include "linux/source_line.h"
#include "scenario/language/text.h"
#include "scenario/measuring/measure.h"
#include "scenario/measuring/probes.h"
#include "system/crew.h"
#include "system/files.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// A tree that ends so many processes is not played further: each costs the time of a hang.
constexpr size_t kMaxLosses = 6;
constexpr int kProbeHangSeconds = 4;
constexpr int kPatientHangSeconds = 20;
constexpr size_t kMaxSteps = 8;

std::string Line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// An ending without its moments, which are for people.
Json ToJson(const Ending& ending) {
  Json json = {{"digests", ending.digests},
               {"refused", ending.refused},
               {"cut_short", ending.cut_short},
               {"rubbish", ending.rubbish}};
  if (!ending.report.ok()) {
    const Violation& first = ending.report.violations().front();
    json["broken"] = {Info(first.invariant).slug, first.what, first.op};
  }
  return json;
}

Ending EndingFrom(const Json& json) {
  Ending ending{.digests = json.at("digests").get<std::vector<uint64_t>>(),
                .refused = json.at("refused").get<bool>(),
                .cut_short = json.at("cut_short").get<bool>(),
                .rubbish = json.at("rubbish").get<bool>()};
  if (json.contains("broken")) {
    const Json& broken = json.at("broken");
    ending.report.set_op(broken.at(2).get<size_t>());
    const auto invariant = InvariantBySlug(broken.at(0).get<std::string>());
    if (invariant.has_value()) ending.report.Fail(*invariant, broken.at(1).get<std::string>());
  }
  return ending;
}

// Work on some of the probes, each in a process that it may end: `work` says what came of it.
class ProbeCrew final : public CrewMember, public CrewListener {
 public:
  ProbeCrew(std::vector<size_t> probes, std::function<Json(size_t)> work,
            int hang_seconds = kProbeHangSeconds)
      : probes_(std::move(probes)), work_(std::move(work)), hang_seconds_(hang_seconds) {}

  absl::Status Run() {
    const unsigned cpus = std::max(1u, std::thread::hardware_concurrency());
    return RunCrew({.members = cpus,
                    .due = probes_.size(),
                    .end = probes_.size(),
                    .deadline = Clock::now(),
                    .hang_seconds = hang_seconds_},
                   *this, *this);
  }

  // Those that ended a process have another go, with more patience: the machine may be busy.
  absl::Status RunAgain() {
    if (losses_.empty() || losses_.size() >= kMaxLosses) return absl::OkStatus();
    std::vector<size_t> lost;
    for (const auto& [probe, how] : losses_) lost.push_back(probe);
    ProbeCrew again(lost, work_, kPatientHangSeconds);
    if (absl::Status status = again.Run(); !status.ok()) return status;
    for (const auto& [probe, said] : again.said_) {
      said_[probe] = said;
      losses_.erase(probe);
    }
    return absl::OkStatus();
  }

  const std::map<size_t, Json>& said() const { return said_; }
  // How processes ended, by probe.
  const std::map<size_t, std::string>& losses() const { return losses_; }

  void Do(uint64_t item, const CrewVoice& voice) override {
    voice.Say(Line({{"probe", probes_[item]}, {"said", work_(probes_[item])}}));
  }
  void SumUp(const CrewVoice&) override {}
  void OnLine(const std::string& line) override {
    const Json json = Json::parse(line, nullptr, false);
    if (json.is_object() && json.contains("probe")) {
      said_[json["probe"].get<size_t>()] = json.value("said", Json());
    }
  }
  void OnLoss(const CrewLoss& loss) override {
    std::string what = absl::StrCat("the tree ends in a ", std::string(Name(loss.process.kind)),
                                    ": ", Describe(loss.process));
    if (const std::string place = PlaceOf(loss.process); !place.empty()) {
      absl::StrAppend(&what, " in ", place);
    }
    losses_[probes_[loss.item]] = std::move(what);
  }
  bool OnTick() override { return losses_.size() < kMaxLosses; }

 private:
  const std::vector<size_t> probes_;
  const std::function<Json(size_t)> work_;
  const int hang_seconds_;
  std::map<size_t, Json> said_;
  std::map<size_t, std::string> losses_;
};

class TreeMeasurer {
 public:
  TreeMeasurer(std::span<const DesignProbe> probes, const ConfinedTrees& tree)
      : probes_(probes), tree_(tree) {}

  absl::StatusOr<TreeDesign> Run(std::span<const Design> starts) {
    if (absl::Status status = PlayAll(); !status.ok()) return status;
    Measurement measured = MeasureDesign(played_, starts);
    design_ = measured.design;
    if (absl::Status status = ClimbBeside(measured.untold); !status.ok()) return status;
    std::vector<size_t> unexplained = parted_beside_;
    for (const size_t at : measured.unexplained) unexplained.push_back(numbers_[at]);
    std::ranges::sort(unexplained);
    if (absl::Status status = Tell(unexplained); !status.ok()) return status;
    result_.design = design_;
    for (const QuirkInfo& info : QuirkCatalogue()) {
      if (measured.untold[static_cast<size_t>(info.quirk)] && design_.Has(info.quirk)) {
        result_.untold.emplace_back(info.name);
      }
    }
    return std::move(result_);
  }

 private:
  // Held against `design`.
  Subject OnTree(const Design& design) const { return {design, tree_.kernels()}; }

  // What depends on the tree alone goes into played_, what is judged by the design that the tree is
  // held against into beside_: parts that are played beside the model's, and what is expected of
  // extension.
  absl::Status PlayAll() {
    std::vector<size_t> all(probes_.size());
    std::iota(all.begin(), all.end(), 0);
    ProbeCrew crew(all, [this](size_t i) {
      QuirkSet asked;
      Json json = ToJson(PlayAsking(probes_[i], Design(), asked));
      if (asked.any()) json["asked"] = true;
      return json;
    });
    if (absl::Status status = crew.Run(); !status.ok()) return status;
    if (absl::Status status = crew.RunAgain(); !status.ok()) return status;
    try {
      for (const auto& [i, json] : crew.said()) {
        Ending ending = EndingFrom(json);
        if (ending.refused) continue;
        ++result_.probes;
        if (json.contains("asked")) {
          beside_.push_back({.probe = i});
        } else {
          played_.push_back({&probes_[i], std::move(ending)});
          numbers_.push_back(i);
        }
      }
    } catch (const Json::exception& error) {
      return absl::InternalError(absl::StrCat("what a process said of a probe: ", error.what()));
    }
    result_.probes += crew.losses().size();
    result_.left = probes_.size() - crew.said().size() - crew.losses().size();
    for (const auto& [i, how] : crew.losses()) {
      result_.unexplained.push_back({probes_[i].name, how});
    }
    return absl::OkStatus();
  }

  // `asked` becomes what of `design` the tree's play is judged by.
  Ending PlayAsking(const DesignProbe& probe, Design design, QuirkSet& asked) const {
    design.set_asked(&asked);
    Ending ending = PlayToTheEnd(probe.scenario, *probe.target, OnTree(design));
    // Every play asks for this one, and no tree has a depth that is not its own.
    asked.reset(static_cast<size_t>(kRadixDepthForgetsOrderBitQuirk));
    return ending;
  }

  // What of design_ those in beside_ are judged by. Where tree and model part early, that is
  // little: it is asked anew of a design that is nearer to the tree.
  absl::Status AskBeside() {
    std::vector<size_t> all(beside_.size());
    std::iota(all.begin(), all.end(), 0);
    ProbeCrew crew(all, [this](size_t i) {
      QuirkSet asked;
      (void)PlayAsking(probes_[beside_[i].probe], design_, asked);
      Json quirks = Json::array();
      for (size_t quirk = 0; quirk < asked.size(); ++quirk) {
        if (asked[quirk]) quirks.push_back(quirk);
      }
      return quirks;
    });
    if (absl::Status status = crew.Run(); !status.ok()) return status;
    try {
      for (const auto& [i, quirks] : crew.said()) {
        beside_[i].asked.reset();
        for (const size_t quirk : quirks.get<std::vector<size_t>>()) beside_[i].asked.set(quirk);
      }
    } catch (const Json::exception& error) {
      return absl::InternalError(absl::StrCat("what a process said of a probe: ", error.what()));
    }
    return absl::OkStatus();
  }

  // Which of them the tree, held against each of `designs`, ends as the model does.
  absl::StatusOr<std::vector<std::vector<bool>>> AgreeBeside(std::span<const Design> designs) {
    std::vector<size_t> items(designs.size() * beside_.size());
    std::iota(items.begin(), items.end(), 0);
    ProbeCrew crew(items, [&](size_t item) {
      const Design& design = designs[item / beside_.size()];
      const DesignProbe& probe = probes_[beside_[item % beside_.size()].probe];
      const Ending ending = PlayToTheEnd(probe.scenario, *probe.target, OnTree(design));
      // Where the model's part is played beside the tree's, that is what they must agree in.
      const Invariant agree = Invariant::kKernelsAgree;
      const bool beside = ending.report.premises(agree) > 0 && ending.report.ok();
      return Json(beside || EndsAs(ending, probe.scenario, *probe.target, design));
    });
    if (absl::Status status = crew.Run(); !status.ok()) return status;
    if (absl::Status status = crew.RunAgain(); !status.ok()) return status;
    std::vector<std::vector<bool>> agree(designs.size(), std::vector<bool>(beside_.size()));
    for (const auto& [item, said] : crew.said()) {
      agree[item / beside_.size()][item % beside_.size()] = said == true;
    }
    return agree;
  }

  // One quirk more or less, the one with which most of beside_ agree, until none is better. Quirks
  // that make a difference there are told.
  absl::Status ClimbBeside(QuirkSet& untold) {
    for (size_t step = 0; !beside_.empty(); ++step) {
      if (absl::Status status = AskBeside(); !status.ok()) return status;
      std::vector<Quirk> quirks;
      std::vector<Design> designs = {design_};
      for (const QuirkInfo& info : QuirkCatalogue()) {
        const size_t at = static_cast<size_t>(info.quirk);
        // What lives tell, they tell better.
        if (!untold[at] ||
            std::ranges::none_of(beside_, [at](const Beside& one) { return one.asked[at]; })) {
          continue;
        }
        quirks.push_back(info.quirk);
        Design& other = designs.emplace_back(design_);
        design_.Has(info.quirk) ? other.Remove(info.quirk) : other.Add(info.quirk);
      }
      const auto agree = AgreeBeside(designs);
      if (!agree.ok()) return agree.status();
      size_t best = 0;
      const auto count = [&](size_t i) { return std::ranges::count((*agree)[i], true); };
      for (size_t i = 1; i < designs.size(); ++i) {
        if (count(i) > count(best)) best = i;
      }
      if (best == 0 || step > kMaxSteps) {
        for (size_t i = 0; i < quirks.size(); ++i) {
          if ((*agree)[i + 1] != agree->front()) untold.reset(static_cast<size_t>(quirks[i]));
        }
        for (size_t i = 0; i < beside_.size(); ++i) {
          if (!agree->front()[i]) parted_beside_.push_back(beside_[i].probe);
        }
        return absl::OkStatus();
      }
      design_ = designs[best];
    }
    return absl::OkStatus();
  }

  // Where they part from the model.
  absl::Status Tell(const std::vector<size_t>& unexplained) {
    ProbeCrew crew(unexplained, [&](size_t i) {
      const auto difference = FirstDifference(probes_[i].scenario, *probes_[i].target,
                                              OnTree(design_), design_, {"the tree", "the model"});
      return difference.has_value() ? Json(difference->what) : Json("");
    });
    if (absl::Status status = crew.Run(); !status.ok()) return status;
    for (const size_t i : unexplained) {
      const auto said = crew.said().find(i);
      std::string what;
      if (said != crew.said().end() && said->second.is_string()) what = said->second;
      if (what.empty()) what = "it ends otherwise: where they part cannot be told";
      result_.unexplained.push_back({probes_[i].name, what});
    }
    return absl::OkStatus();
  }

  struct Beside {
    size_t probe = 0;
    QuirkSet asked{};  // of the design that the tree is held against
  };

  std::span<const DesignProbe> probes_;
  const ConfinedTrees& tree_;
  std::vector<PlayedDesignProbe> played_;
  std::vector<size_t> numbers_;  // of played_, among probes_
  std::vector<Beside> beside_;
  std::vector<size_t> parted_beside_;  // of the probes in it, those that no design explains
  Design design_;
  TreeDesign result_;
};

// Changes with all that a measurement rests on.
std::string KeyOf(const std::vector<std::string>& objects, std::span<const DesignProbe> probes) {
  Fingerprint all;
  all.AddIdentity("/proc/self/exe");
  for (const std::string& object : objects) all.AddIdentity(object);
  for (const DesignProbe& probe : probes) {
    all.Add(probe.name);
    all.Add(Print(probe.scenario));
  }
  return all.Hex();
}

fs::path KeptAt(const std::vector<std::string>& objects) {
  return fs::path(objects.front()).parent_path() / "design.json";
}

Json AsJson(const TreeDesign& measured) {
  Json quirks = Json::array(), unexplained = Json::array();
  for (const QuirkInfo& info : QuirkCatalogue()) {
    if (measured.design.Has(info.quirk)) quirks.push_back(info.name);
  }
  for (const TreeDesign::Unexplained& one : measured.unexplained) {
    unexplained.push_back({{"probe", one.probe}, {"difference", one.what}});
  }
  return {{"design", DesignText(measured)},
          {"known", measured.design.Name()},
          {"quirks", quirks},
          {"untold", measured.untold},
          {"probes", measured.probes},
          {"not_played", measured.left},
          {"unexplained", unexplained}};
}

std::optional<TreeDesign> Kept(const fs::path& path, const std::string& key) {
  const auto text = ReadText(path);
  if (!text.ok()) return std::nullopt;
  const Json json = Json::parse(*text, nullptr, false);
  try {
    if (json.is_discarded() || json.at("key").get<std::string>() != key) return std::nullopt;
    const auto design = Design::Parse(json.at("known").get<std::string>());
    if (!design.ok()) return std::nullopt;
    TreeDesign measured{.design = *design,
                        .probes = json.at("probes").get<size_t>(),
                        .left = json.at("not_played").get<size_t>(),
                        .untold = json.at("untold").get<std::vector<std::string>>()};
    for (const Json& one : json.at("unexplained")) {
      measured.unexplained.push_back(
          {one.at("probe").get<std::string>(), one.at("difference").get<std::string>()});
    }
    return measured;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

absl::StatusOr<TreeDesign> MeasureTree(const std::vector<std::string>& objects,
                                       const MeasuredWith& with) {
  const auto probes = AllDesignProbes(with.corpus);
  if (!probes.ok()) return probes.status();
  const std::string key = KeyOf(objects, *probes);
  if (auto kept = Kept(KeptAt(objects), key)) return *std::move(kept);
  if (with.progress) with.progress("measuring the tree's design");
  const auto tree = ConfinedTrees::Of(objects);
  if (!tree.ok()) return tree.status();
  std::vector<Design> starts = {Design()};
  for (const NamedDesign& named : NamedDesigns()) {
    if (!named.measured) continue;
    starts.push_back(named.design);
    // Without NUMA so much is otherwise that a search from there goes astray.
    starts.push_back(named.design);
    starts.back().Add(kOneNodeQuirk);
  }
  auto measured = TreeMeasurer(*probes, **tree).Run(starts);
  if (!measured.ok()) return measured;
  Json json = AsJson(*measured);
  json["key"] = key;
  // Where it cannot be kept it is measured again.
  (void)WriteText(KeptAt(objects), Line(json));
  return measured;
}

absl::StatusOr<TreeObjects> ObjectsOf(const UsersTree& tree, bool for_fuzzing) {
  std::vector<TreeVariant> variants = {OwnTreeVariant()};
  if (for_fuzzing) variants.push_back(OwnTreeVariant(for_fuzzing));
  auto objects = BuildTreeForAllPages({.tree = tree.path,
                                       .shim = ShimFolder(tree.root),
                                       .folder = TreesFolder(tree.bin_dir),
                                       .compiled = tree.compiled,
                                       .progress = tree.progress},
                                      variants, ConfiguredToolchain(tree.root));
  if (!objects.ok()) return objects.status();
  TreeObjects all{.own = std::move(objects->front())};
  if (for_fuzzing) all.targets = std::move(objects->back());
  return all;
}

absl::StatusOr<MeasuredTree> BuildAndMeasure(const UsersTree& tree) {
  auto objects = ObjectsOf(tree);
  if (!objects.ok()) return objects.status();
  auto measured =
      MeasureTree(objects->own, {.corpus = tree.root / "corpus", .progress = tree.progress});
  if (!measured.ok()) return measured.status();
  return MeasuredTree{std::move(objects->own), *std::move(measured)};
}

std::string DesignText(const TreeDesign& measured) {
  const auto quirks = std::ranges::count_if(
      QuirkCatalogue(), [&](const QuirkInfo& info) { return measured.design.Has(info.quirk); });
  const size_t unexplained = measured.unexplained.size();
  const bool lost = measured.left != 0 && unexplained == measured.probes;
  std::string text = "intended";
  if (lost) {
    text = "like no design that could be told";
  } else if (quirks != 0) {
    text = absl::StrCat(
        "intended with ", quirks,
        quirks == 1 ? " catalogued quirk: " : " catalogued quirks: ", Described(measured.design));
  }
  // Then most of its quirks are nobody's measurement.
  if (unexplained * 2 > measured.probes && !lost) {
    text = absl::StrCat("like no catalogued design; the nearest is ", text);
  }
  if (unexplained == 0) {
    absl::StrAppend(&text, "; all ", measured.probes, " probes are explained");
  } else {
    absl::StrAppend(&text, "; ", unexplained, " of ", measured.probes,
                    unexplained == 1 ? " probes is" : " probes are", " not explained");
  }
  if (measured.left != 0) {
    absl::StrAppend(&text, "; ", measured.left,
                    " more were not played: too many ended the process");
  }
  return text;
}

std::string DesignJson(const TreeDesign& measured) { return AsJson(measured).dump(2) + "\n"; }

}  // namespace khofuzz
