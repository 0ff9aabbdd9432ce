// Playing a scenario file the way its target does.
#ifndef KHOFUZZ_CLI_COMMANDS_PLAY_H_
#define KHOFUZZ_CLI_COMMANDS_PLAY_H_

#include <ostream>
#include <string>
#include <vector>

#include "cli/commands/files.h"
#include "cli/play/player.h"
#include "oracle/report.h"
#include "scenario/explaining/answer.h"
#include "scenario/playing/boot_log.h"
#include "scenario/playing/subject.h"

namespace khofuzz {

// A file that names its design is played under that, unless a design or a tree was asked for.
bool IsOfItsOwnDesign(const ScenarioFile& file, const Player& player);
Subject SubjectOf(const ScenarioFile& file, const Player& player);
// How that is called.
std::string DesignOf(const ScenarioFile& file, const Player& player);

// One play of a file as its target says, or of the language on its bytes.
struct FilePlay {
  Report report;
  Answer answer;
  std::vector<BootFacts> boots;
};
FilePlay PlayFile(const ScenarioFile& file, const Subject& subject);

// What is to be said before the answer: of a file that has no ops, that a boot is all there was to
// play, and of one that was read leniently how many lines it lost. "" if nothing.
std::string Preface(const ScenarioFile& file, const std::vector<BootFacts>& boots);

// What `options` say files are played on; trees that have changed are built, with a line each to
// `err`.
absl::StatusOr<Player> PlayerFor(const ScenarioOptions& options, std::ostream& err);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_COMMANDS_PLAY_H_
