#include "cli/play/contained_play.h"

#include <dlfcn.h>

#include "absl/strings/str_cat.h"
#include "linux/source_line.h"
#include "scenario/playing/run.h"

namespace khofuzz {

ProcessLoss PlayAside(const Scenario& scenario, const Target& target, const Subject& subject,
                      double seconds) {
  const auto done = RunContained(
      [&] {
        (void)RunScenario(scenario, target, subject);
        return std::string();
      },
      {.seconds = seconds});
  return done.ok() ? done->loss : ProcessLoss{};
}

std::string PlaceOf(const ProcessLoss& loss) {
  Dl_info object = {};
  if (loss.pc == 0 || dladdr(reinterpret_cast<const void*>(loss.pc), &object) == 0) return {};
  // Looked up are return addresses, which are one instruction on.
  const auto* const address = reinterpret_cast<const void*>(loss.pc + 1);
  FramesByAddress frames;
  LookUpFrames(object.dli_fname, LoadedAt(address), {address}, frames);
  if (frames[address].empty()) return {};
  const SourceLine& line = frames[address].front();
  return absl::StrCat(line.function, "() ", line.source);
}

}  // namespace khofuzz
