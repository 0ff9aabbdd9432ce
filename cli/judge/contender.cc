#include "cli/judge/contender.h"

#include <algorithm>
#include <utility>

#include "core/designs/named.h"

namespace khofuzz {
namespace {

QuirkSet QuirksOf(const Design& design) {
  QuirkSet quirks;
  for (const QuirkInfo& info : QuirkCatalogue()) {
    quirks[static_cast<size_t>(info.quirk)] = design.Has(info.quirk);
  }
  return quirks;
}

Contender Intended() {
  return {.name = "intended",
          .what = "The algorithms as they should be.",
          .source = "every invariant holds for it, by definition"};
}

Contender Of(const QuirkInfo& info) {
  Contender contender{.kind = Contender::Kind::kQuirk,
                      .name = std::string(info.name),
                      .what = std::string(info.what),
                      .source = std::string(info.source),
                      .design = {info.quirk}};
  contender.quirks = QuirksOf(contender.design);
  if (!info.harmless()) contender.breaks.push_back(info.breaks);
  return contender;
}

Contender Of(const NamedDesign& named) {
  return {.kind = Contender::Kind::kNamed,
          .name = std::string(named.name),
          .what = std::string(named.what),
          .source = std::string(named.source),
          .design = named.design,
          .quirks = QuirksOf(named.design),
          .breaks = named.breaks};
}

// Of a name that is not in a catalogue: several designs joined, expected to break what any of them
// is.
Contender Joined(const std::string& name, const Design& design) {
  Contender joined{.kind = Contender::Kind::kJoined,
                   .name = name,
                   .what = "Several quirks at once.",
                   .source = "the command line",
                   .design = design,
                   .quirks = QuirksOf(design)};
  for (const QuirkInfo& info : QuirkCatalogue()) {
    if (!design.Has(info.quirk) || info.harmless()) continue;
    if (std::ranges::find(joined.breaks, info.breaks) == joined.breaks.end()) {
      joined.breaks.push_back(info.breaks);
    }
  }
  return joined;
}

}  // namespace

std::string_view KindName(Contender::Kind kind) {
  switch (kind) {
    case Contender::Kind::kIntended:
      return "intended";
    case Contender::Kind::kQuirk:
      return "quirk";
    case Contender::Kind::kNamed:
      return "named";
    case Contender::Kind::kJoined:
      return "joined";
  }
  return "";
}

std::vector<Contender> AllContenders() {
  std::vector<Contender> all = {Intended()};
  for (const QuirkInfo& info : QuirkCatalogue()) all.push_back(Of(info));
  for (const NamedDesign& named : NamedDesigns()) all.push_back(Of(named));
  return all;
}

absl::StatusOr<std::vector<Contender>> ContendersNamed(const std::vector<std::string>& names) {
  std::vector<Contender> all = AllContenders();
  if (names.empty()) return all;
  std::vector<Contender> chosen = {all.front()};
  for (const std::string& name : names) {
    if (std::ranges::find(chosen, name, &Contender::name) != chosen.end()) continue;
    const auto known = std::ranges::find(all, name, &Contender::name);
    if (known != all.end()) {
      chosen.push_back(*known);
      continue;
    }
    const NamedDesign* const renamed = FindNamedDesign(name);
    if (renamed != nullptr) {
      const auto row = std::ranges::find(all, renamed->name, &Contender::name);
      if (std::ranges::find(chosen, row->name, &Contender::name) == chosen.end()) {
        chosen.push_back(*row);
      }
      continue;
    }
    const auto design = Design::Parse(name);
    if (!design.ok()) return design.status();
    chosen.push_back(Joined(name, *design));
  }
  return chosen;
}

}  // namespace khofuzz
