#include "cli/plan/kho_state.h"

#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "cli/capture/read_file.h"
#include "cli/capture/text.h"
#include "cli/plan/command_line.h"
#include "core/geometry.h"

namespace khofuzz {
namespace {

constexpr uint64_t kMostRecorded = uint64_t{1} << 20;

KhoConfig ConfigOf(std::string_view text) {
  KhoConfig config;
  LineReader lines("config.txt", text);
  while (lines.Next()) {
    if (lines.line() == "CONFIG_KEXEC_HANDOVER=y") config.kho = true;
    if (lines.line() == "CONFIG_KEXEC_HANDOVER_ENABLE_DEFAULT=y") config.by_default = true;
    if (lines.line() == "CONFIG_KEXEC_HANDOVER_DEBUGFS=y") config.debugfs = true;
  }
  return config;
}

}  // namespace

KhoState ReadKhoState(const std::filesystem::path& dir) {
  KhoState state;
  std::error_code error;
  state.shown = std::filesystem::is_directory(dir / "kho", error);
  const auto read = [&dir](const char* name) { return ReadFile(dir / name, kMostRecorded); };
  if (const auto text = read("cmdline.txt"); text.ok()) {
    state.asked = ReadCommandLine(text->substr(0, text->find('\n')), 0, X86Geometry()).kho;
  }
  if (const auto text = read("config.txt"); text.ok()) state.config = ConfigOf(*text);
  if (const auto text = read("recorded.txt"); text.ok()) {
    state.debugfs = text->find("missing debugfs") == std::string::npos;
  }
  return state;
}

std::string WhyNotOn(const KhoState& state) {
  if (state.asked == false) return "KHO is off: the kernel's command line says so (kho=).";
  if (!state.config) {
    return "KHO does not show: this kernel has none, it is off, or what shows it could not be "
           "read.";
  }
  if (!state.config->kho) {
    return "This kernel has no KHO: it was built without CONFIG_KEXEC_HANDOVER. KHO takes nothing "
           "here.";
  }
  if (!state.asked && !state.config->by_default) {
    return "KHO is off: this kernel has it, but turns it on only where its command line says "
           "kho=on.";
  }
  const std::string should =
      state.asked ? "kho= on the command line turns KHO on" : "this kernel turns KHO on by itself";
  if (!state.config->debugfs) {
    return absl::StrCat("Whether KHO is on cannot be seen: ", should,
                        ", but it has no CONFIG_KEXEC_HANDOVER_DEBUGFS, which would show it.");
  }
  if (!state.debugfs) {
    return absl::StrCat("Whether KHO is on cannot be seen without debugfs: ", should, ".");
  }
  return absl::StrCat("KHO is off, although ", should,
                      ": the kernel has given it up. Its log may say why, and `khofuzz plan` which "
                      "request finds no room.");
}

}  // namespace khofuzz
