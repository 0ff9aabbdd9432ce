// A bootable kernel made of a whole source tree, with the guest's init and module.
//
//   <cache>/vm/NAME-HASH/       HASH is of the tree's path and of the configuration
//     build/                    the kernel's own build (O=), with its .config
//     guest/                    init and module
//     initrd.img  made-of  log.txt
#ifndef KHOFUZZ_CLI_VM_KERNEL_BUILD_H_
#define KHOFUZZ_CLI_VM_KERNEL_BUILD_H_

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/vm/qemu.h"

namespace khofuzz {

struct KernelBuild {
  std::filesystem::path tree;
  std::filesystem::path sources;       // of ours: vm/ in the checkout
  std::filesystem::path config_add{};  // a fragment after ours; or empty
  std::filesystem::path out{};         // instead of the cache's folder; or empty
  unsigned jobs = 0;                   // 0: one for each CPU
  std::function<void(const std::string&)> progress{};
  std::function<bool()> stop{};
};

// Programs and headers that a build wants and that are not here, by what Debian calls their
// packages; empty if all are there.
std::vector<std::string> MissingForKernelBuild();

// The folder of the build. Takes a second if nothing has changed since. NotFound or
// FailedPrecondition: no tree, or one that is only the parts that `linux get` keeps, missing
// programs; Unavailable with the log's last errors if the build fails; Cancelled.
absl::StatusOr<std::filesystem::path> BuildKernel(const KernelBuild& build);

// What lies in such a folder. NotFound.
absl::StatusOr<VmImage> ImageIn(const std::filesystem::path& folder);

// Options of a fragment ("CONFIG_X=y", "# CONFIG_X is not set") that a configuration does not have
// so. An option that a configuration does not mention is not set.
std::vector<std::string> OptionsNotTaken(std::string_view fragment, std::string_view config);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_VM_KERNEL_BUILD_H_
