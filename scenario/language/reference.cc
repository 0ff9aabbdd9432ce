#include "scenario/language/reference.h"

#include <array>
#include <set>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "oracle/invariant.h"
#include "scenario/language/kinds.h"
#include "scenario/language/limits.h"
#include "scenario/language/line.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kAddress:
      return "address";
    case Kind::kSize:
      return "size";
    case Kind::kPfn:
      return "pfn";
    case Kind::kCount:
      return "count";
    case Kind::kOrder:
      return "order";
    case Kind::kNode:
      return "node";
    case Kind::kIndex:
      return "index";
    case Kind::kKey:
      return "64 bits";
    case Kind::kChoice:
      return "choice";
    case Kind::kFlag:
      return "flag";
    case Kind::kText:
    case Kind::kParams:
    case Kind::kCore:
      return "text";
    case Kind::kBytes:
      return "bytes";
  }
  return "";
}

// What an optional field is when it is left out.
std::string DefaultText(const ConstFieldRef& field) {
  const auto* number = std::get_if<const uint64_t*>(&field.value);
  if (number == nullptr) return "empty";
  if (field.kind == Kind::kChoice) return std::string(field.choices[**number]);
  return PrintNumber(**number, field.kind);
}

void AppendReference(std::string& out, const ConstLineRef& line) {
  absl::StrAppend(&out, "### ", std::string(line.name), "\n\n", std::string(line.doc), "\n\n");
  for (const ConstFieldRef& field : line.fields()) {
    absl::StrAppend(&out, "- `", std::string(field.name), "` (", std::string(KindName(field.kind)));
    for (size_t i = 0; i < field.choices.size(); ++i) {
      absl::StrAppend(&out, i == 0 ? ": " : ", ", std::string(field.choices[i]));
    }
    absl::StrAppend(&out, "): ", std::string(field.doc));
    if (field.kind == Kind::kFlag) {
      absl::StrAppend(&out, "; left out: off");
    } else if (field.optional) {
      absl::StrAppend(&out, "; left out: ", DefaultText(field));
    }
    absl::StrAppend(&out, "\n");
  }
  if (line.field_count > 0) absl::StrAppend(&out, "\n");
}

void CollectWords(const ConstLineRef& line, std::set<std::string>& words) {
  words.insert(std::string(line.name));
  for (const ConstFieldRef& field : line.fields()) {
    words.insert(field.kind == Kind::kFlag ? std::string(field.name)
                                           : absl::StrCat(std::string(field.name), "="));
    for (const std::string_view choice : field.choices) words.insert(std::string(choice));
  }
}

template <typename Variant, typename Fn>
void ForEachDefault(Fn fn) {
  for (size_t kind = 0; kind < kKindsOf<Variant>; ++kind) {
    fn(kind, Refer(DefaultOf<Variant>(kind)));
  }
}

void AppendLimits(std::string& out) {
  const auto limit = [&out](uint64_t number, std::string_view what) {
    absl::StrAppend(&out, "- ", number, " ", std::string(what), "\n");
  };
  absl::StrAppend(&out,
                  "## Limits\n\nWhat is beyond them is refused when a text is read, or cut or left "
                  "out when it is played; either is said.\n\n");
  limit(kMaxScenarioBytes >> 20, "MiB of text, of one scenario");
  limit(kMaxOps, "ops");
  limit(kMaxTextBytes, "bytes of a text operand");
  limit(kMaxMachineAddress >> 40, "TiB: where a machine's memory must end");
  limit(kMaxBanks, "lines of memory");
  limit(kMaxFirmware, "lines of firmware");
  limit(kMaxNodes, "nodes");
  limit(kMaxRequests, "requests of one kind that one boot takes, such as gigantic pages");
  limit(kMaxThreads, "threads of deferred initialisation");
  limit(kMaxRun, "pages in one preservation");
  limit(kMaxVmallocBlocks, "blocks in one vmalloc area");
  limit(kMaxVmallocBlocksInAll, "blocks in all vmalloc areas that a kernel preserves");
  limit(kMaxSubtreesTried, "subtrees that one scenario tries to add");
  limit(kMaxCopies, "copies that one add_subtree adds");
  limit(kRefusalsForAll, "refusals in a row, after which add_subtree tries no further copy");
  limit(kMaxPagesDecoded, "pages of trees that one scenario decodes");
  limit(kMaxMappedPages,
        "pages: a larger machine has no map of each page beside memblock's own ops");
  absl::StrAppend(&out,
                  "\nThe commands give a scenario 5 s and 1 GiB on the model, 30 s and 4 GiB on a "
                  "tree, unless set otherwise.\n\n");
}

}  // namespace

std::span<const EngineOption> EngineOptions() {
  static constexpr auto kOptions = std::to_array<EngineOption>({
      {"max_len", "4096"},
      // Inputs are lines of text, which need not grow byte by byte.
      {"len_control", "0"},
      // What it knows of rare features, and of how often an edge was taken, costs more than it
      // finds here (docs/speed.md).
      {"entropic", "0"},
      {"use_counters", "0"},
  });
  return kOptions;
}

std::vector<std::string> EngineArguments() {
  std::vector<std::string> arguments;
  for (const EngineOption& option : EngineOptions()) {
    arguments.push_back(
        absl::StrCat("-", std::string(option.name), "=", std::string(option.value)));
  }
  return arguments;
}

std::string Dictionary(const Target& target) {
  std::set<std::string> words = {"any", "200%", "4K", "64K", "1M", "0x"};
  ForEachDefault<MachineLine>([&](size_t, const ConstLineRef& line) { CollectWords(line, words); });
  ForEachDefault<Op>([&](size_t kind, const ConstLineRef& line) {
    if (target.ops[kind]) CollectWords(line, words);
  });
  std::string out = absl::StrCat("# Words of ", std::string(target.name), "'s scenarios.\n");
  for (const std::string& word : words) absl::StrAppend(&out, "\"", word, "\"\n");
  return out;
}

std::string ReferencePage() {
  std::string out =
      "# The scenario language\n\n"
      "Generated from the field lists by `khofuzz explain --language`; do not edit.\n\n"
      "A scenario is a text: the lines of a machine, then ops in order, one a line. A line is a "
      "name\n"
      "and its operands, `name=value`, flags bare. Blank lines and what follows `#` are ignored.\n"
      "Numbers are decimal or `0x` hex, with `K`, `M`, `G` or `T` for powers of 1024; nodes may "
      "be\n"
      "`any`; text stands in double quotes (`\\\"`, `\\\\`, `\\x41`); bytes are hex digits.\n\n"
      "Operands are total: addresses fall into the machine, an index counts modulo what exists, a\n"
      "length is cut to what fits. Any line can be edited or left out and the rest still runs.\n\n"
      "Every op acts on the machine's one kernel, or on a part of it by itself (memblock, keys of "
      "a\n"
      "radix tree, `kho_scratch=`). A kernel boots when an op needs one that runs; what is asked "
      "of a\n"
      "boot before, it takes then. `explain` says of each op how it ended: played, cut to fit,\n"
      "refused by the kernel, or without effect, and why. A target says only which ops a "
      "generator\n"
      "draws from and what is compared.\n\n"
      "## The machine\n\n"
      "Without a line of memory: 16M on node 0. Without a geometry: the tiny one.\n\n";
  ForEachDefault<MachineLine>(
      [&](size_t, const ConstLineRef& line) { AppendReference(out, line); });
  absl::StrAppend(&out, "## Ops\n\n");
  ForEachDefault<Op>([&](size_t, const ConstLineRef& line) { AppendReference(out, line); });
  AppendLimits(out);
  absl::StrAppend(&out, "## Targets\n\n");
  for (const Target& target : AllTargets()) {
    absl::StrAppend(&out, "- `", std::string(target.name), "`: ", std::string(target.doc));
    if (!target.language) {
      absl::StrAppend(&out, " Ops:");
      ForEachDefault<Op>([&](size_t kind, const ConstLineRef& line) {
        if (target.ops[kind]) absl::StrAppend(&out, " `", std::string(line.name), "`");
      });
      absl::StrAppend(&out, ".");
    }
    absl::StrAppend(&out, "\n");
  }
  absl::StrAppend(&out, "\n## Invariants\n\n");
  for (const InvariantInfo& info : InvariantCatalogue()) {
    absl::StrAppend(&out, "- **", std::string(info.slug), "**: ", std::string(info.statement),
                    " Premise: ", std::string(info.premise), "\n");
  }
  return out;
}

}  // namespace khofuzz
