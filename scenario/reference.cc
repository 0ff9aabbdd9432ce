#include "scenario/reference.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "oracle/invariant.h"
#include "scenario/text.h"

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
      return "text";
    case Kind::kBytes:
      return "bytes";
  }
  return "";
}

void AppendDefault(std::string& out, const auto& field, uint64_t value) {
  absl::StrAppend(&out, "; left out: ", PrintNumber(value, field.kind));
}
void AppendDefault(std::string& out, const auto&, bool) {
  absl::StrAppend(&out, "; left out: off");
}
void AppendDefault(std::string&, const auto&, const std::string&) {}

template <typename Line>
void AppendReference(std::string& out) {
  const Line defaults{};
  absl::StrAppend(&out, "### ", std::string(Line::kName), "\n\n", std::string(Line::kDoc), "\n\n");
  ForEachField(defaults, [&out](const auto& field, const auto& value) {
    absl::StrAppend(&out, "- `", std::string(field.name), "` (", std::string(KindName(field.kind)));
    for (const std::string_view choice : field.choices) {
      absl::StrAppend(&out, choice == field.choices.front() ? ": " : ", ", std::string(choice));
    }
    absl::StrAppend(&out, "): ", std::string(field.doc));
    if (field.optional) AppendDefault(out, field, value);
    absl::StrAppend(&out, "\n");
  });
  if (FieldCount<Line>() > 0) absl::StrAppend(&out, "\n");
}

template <typename Line>
void CollectWords(std::set<std::string>& words) {
  words.insert(std::string(Line::kName));
  const Line defaults{};
  ForEachField(defaults, [&words](const auto& field, const auto&) {
    words.insert(field.kind == Kind::kFlag ? std::string(field.name)
                                           : absl::StrCat(std::string(field.name), "="));
    for (const std::string_view choice : field.choices) words.insert(std::string(choice));
  });
}

}  // namespace

std::string Dictionary(const Target& target) {
  std::set<std::string> words = {"any", "200%", "4K", "64K", "1M", "0x"};
  ForEachKind<MachineLine>([&words]<typename Line>(size_t) { CollectWords<Line>(words); });
  ForEachKind<Op>([&]<typename Line>(size_t kind) {
    if (target.ops[kind]) CollectWords<Line>(words);
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
      "length is cut to what fits. Any line can be edited or left out and the rest still runs. An "
      "op\n"
      "that comes too late in the machine's life (memblock ops once the kernel runs, preserving "
      "once\n"
      "its successor boots) does nothing.\n\n"
      "## The machine\n\n"
      "Without any line: 16M of memory on one node, tiny geometry.\n\n";
  ForEachKind<MachineLine>([&out]<typename Line>(size_t) { AppendReference<Line>(out); });
  absl::StrAppend(&out, "## Ops\n\n");
  ForEachKind<Op>([&out]<typename Line>(size_t) { AppendReference<Line>(out); });
  absl::StrAppend(&out, "## Targets\n\n");
  for (const Target& target : AllTargets()) {
    absl::StrAppend(&out, "- `", std::string(target.name), "`: ", std::string(target.doc));
    if (!target.language) {
      absl::StrAppend(&out, " Ops:");
      ForEachKind<Op>([&]<typename Line>(size_t kind) {
        if (target.ops[kind]) absl::StrAppend(&out, " `", std::string(Line::kName), "`");
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
