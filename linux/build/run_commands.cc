#include "linux/build/run_commands.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "system/files.h"
#include "system/process.h"

namespace khofuzz {
namespace {

constexpr useconds_t kTick = 2000;

absl::StatusOr<Process> Start(const Command& command) {
  if (access(command.argv[0].c_str(), X_OK) != 0) {
    return absl::UnavailableError(absl::StrCat(command.argv[0], ": ", strerror(errno)));
  }
  return Process::StartIn(command.folder, command.output, command.argv);
}

absl::StatusOr<CommandEnd> EndOf(const Command& command, const ProcessEnd& how) {
  CommandEnd end{.ok = how.ok(), .trouble = how.ok() ? "" : Describe(how)};
  auto output = ReadText(command.output);
  if (!output.ok()) return output.status();
  end.output = *std::move(output);
  return end;
}

}  // namespace

absl::StatusOr<std::vector<CommandEnd>> RunCommands(const std::vector<Command>& commands,
                                                    unsigned jobs) {
  std::vector<std::optional<Process>> running(commands.size());
  std::vector<CommandEnd> ends(commands.size());
  size_t next = 0;
  for (size_t at_work = 0, ended = 0; ended < commands.size();) {
    for (; next < commands.size() && at_work < std::max(jobs, 1u); ++next, ++at_work) {
      auto process = Start(commands[next]);
      if (!process.ok()) return process.status();
      running[next].emplace(*std::move(process));
    }
    usleep(kTick);
    for (size_t i = 0; i < next; ++i) {
      const auto how = running[i].has_value() ? running[i]->End() : std::nullopt;
      if (!how.has_value()) continue;
      running[i].reset();
      auto end = EndOf(commands[i], *how);
      if (!end.ok()) return end.status();
      ends[i] = *std::move(end);
      --at_work;
      ++ended;
    }
  }
  return ends;
}

}  // namespace khofuzz
