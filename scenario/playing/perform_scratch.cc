// kho_scratch= by itself: read, and reserved on memblock with the firmware's map.
#include <string_view>

#include "absl/strings/str_cat.h"
#include "core/scratch/params.h"
#include "core/scratch/reserve.h"
#include "oracle/describe.h"
#include "oracle/params.h"
#include "oracle/scratch.h"
#include "scenario/language/ops.h"
#include "scenario/playing/boot_log.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

// A command line ends at its first NUL.
std::string_view CommandLine(std::string_view text) { return text.substr(0, text.find('\0')); }

}  // namespace

namespace op {

void ParseScratch::Perform(State& state) const {
  if (!state.CallParts()) return;
  const std::string_view text = CommandLine(value);
  const auto got = ParseScratchParams(text);
  const auto expected = ScratchParamsByGrammar(text);
  if (got.ok()) {
    state.outcome.Say(got->scale, "%, or ", got->lowmem, ",", got->global, ",", got->pernode,
                      " bytes");
  } else {
    state.outcome.Refused(got.status().message());
  }
  if (Beside* const beside = state.beside(); beside != nullptr) {
    beside->CompareOutcome("kho_parse_scratch_size()", got.status(),
                           beside->parts().memblock().ParseScratch(text));
  }
  state.report.Premise(Invariant::kParamsRoundTrip);
  if (got.ok() != expected.has_value()) {
    state.report.Fail(
        Invariant::kParamsRoundTrip,
        absl::StrCat("kho_scratch= should be ", expected.has_value() ? "accepted" : "refused"));
  } else if (got.ok() && *got != *expected) {
    state.report.Fail(
        Invariant::kParamsRoundTrip,
        absl::StrCat("kho_scratch= means ", expected->scale, "% or ", expected->lowmem, ",",
                     expected->global, ",", expected->pernode, " bytes; it was read as ",
                     got->scale, "% or ", got->lowmem, ",", got->global, ",", got->pernode));
  }
}

void ReserveScratch::Perform(State& state) const {
  MemblockAlone* const alone = state.memblock();
  if (alone == nullptr) return;
  // It asks which nodes have memory, and nobody has told a tree that has not booted.
  if (state.beside() != nullptr) {
    state.life().LeaveOut();
    return state.outcome.NoEffect(
        "a tree's kho_reserve_scratch() runs within its boot alone: boot_with scratch= asks for "
        "it");
  }
  if (alone->scratch.has_value())
    return state.outcome.NoEffect("kho_scratch[] is reserved already");
  // As early_param() leaves it: a value that does not parse changes nothing.
  const std::string_view text = CommandLine(params);
  const auto parsed = ParseScratchParams(text);
  if (!parsed.ok()) {
    state.outcome.Refused("kho_scratch=: ", std::string(parsed.status().message()),
                          "; the default is taken");
  }
  const ScratchParams wanted = parsed.ok() ? *parsed : ScratchParams();
  const Memblock before = alone->memblock;
  auto reserved = khofuzz::ReserveScratch(wanted, state.geometry(), alone->memblock, state.design);
  // The map is about memblock's own ops; it ends here.
  alone->EndMap();
  if (!reserved.ok()) {
    state.outcome.Refused(reserved.status().message());
    state.report.Premise(Invariant::kUndo);
    if (!(alone->memblock == before)) {
      state.report.Fail(Invariant::kUndo, "reserving scratch failed and left memblock changed",
                        std::nullopt, "kho_reserve_scratch");
    }
    return;
  }
  CheckScratchShape(*reserved, wanted, before, alone->memblock, state.geometry(), state.report);
  if (state.outcome.telling()) {
    for (size_t i = 0; i < reserved->table.areas.size(); ++i) {
      const ScratchArea& area = reserved->table.areas[i];
      state.outcome.Say(BootmemAreaName(i), " ",
                        area.size == 0 ? std::string("is empty") : Describe(area.range()));
    }
  }
  alone->scratch = *std::move(reserved);
}

}  // namespace op
}  // namespace khofuzz
