// What `confirm` has seen of a finding on booted kernels: kept beside the finding's file, told with
// the finding.
#ifndef KHOFUZZ_CLI_FUZZ_BOOTED_VERDICT_H_
#define KHOFUZZ_CLI_FUZZ_BOOTED_VERDICT_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/fuzz/finding.h"

namespace khofuzz {

enum class BootedAs : uint8_t {
  kConfirmed,
  kCauseConfirmed,  // by a scenario that is recorded for a quirk that explains the finding
  kNotConfirmed,
  kCannotBeBooted,
};
// "confirmed", "its cause is confirmed", "not confirmed", "cannot be booted"
std::string BootedAsName(BootedAs as);

struct BootedVerdict {
  std::string tree;  // which kernel it was asked of, a whole path
  BootedAs as = BootedAs::kCannotBeBooted;
  std::string cause{};    // a quirk; empty but for kCauseConfirmed
  std::string release{};  // of the kernel that was booted: "7.3.4-khofuzz"; empty: none was
  std::string machine{};  // "QEMU, TCG, 1 GiB"; empty: none
  // The kernel's own, a line each; what was seen instead; or why it cannot be booted.
  std::vector<std::string> evidence{};
  std::string scenario{};  // of the finding then, as Print() has it

  friend bool operator==(const BootedVerdict&, const BootedVerdict&) = default;
};

// The file for the verdicts on the finding at `path`: "NAME.booted.json" beside "NAME.kho".
std::filesystem::path BootedVerdictsPath(const std::filesystem::path& path);
// Those on the finding at `path`, in the order of their trees; none where there is no such file.
// DataLoss names a file that is none.
absl::StatusOr<std::vector<BootedVerdict>> BootedVerdictsOn(const std::filesystem::path& path);
// Keeps one in the place of what is there of the same tree. Unavailable with the system's reason;
// DataLoss as above, and the file stays what it is.
absl::Status KeepBootedVerdict(const std::filesystem::path& path, const BootedVerdict& verdict);

// For people, a sentence each: "Confirmed on a booted Linux 7.3.4-khofuzz (QEMU, TCG, 1 GiB): ...".
// First the verdicts on the finding at `path`, then what booted kernels show of the quirks that
// explain it (booted_quirks.h), those of the finding's release if it has one.
std::vector<std::string> TellBooted(const Finding& finding, const std::filesystem::path& path);
// The command that asks a booted kernel; empty where a verdict is there already, where TellBooted()
// says why it cannot be asked, or where there is nothing to boot: the target plays the language.
std::string ConfirmCommand(const Finding& finding, const std::filesystem::path& path);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_BOOTED_VERDICT_H_
