#include "linux/build/configuration.h"

#include <algorithm>
#include <array>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace khofuzz {
namespace {

constexpr std::array kConfigs = {
    TreeConfig{"default", ""},
    TreeConfig{"debug", "CONFIG_KEXEC_HANDOVER_DEBUG=y"},
    TreeConfig{"no-deferred", "CONFIG_DEFERRED_STRUCT_PAGE_INIT is not set"},
    TreeConfig{"no-numa", "CONFIG_NUMA is not set"},
};

}  // namespace

std::span<const TreeConfig> TreeConfigs() { return kConfigs; }

absl::StatusOr<TreeConfig> FindTreeConfig(std::string_view name) {
  if (name.empty()) return kConfigs.front();
  const auto* const found = std::ranges::find(kConfigs, name, &TreeConfig::name);
  if (found != kConfigs.end()) return *found;
  return absl::InvalidArgumentError(
      absl::StrCat("no configuration is called '", std::string(name), "'; there are ",
                   absl::StrJoin(kConfigs, ", ", [](std::string* to, const TreeConfig& config) {
                     absl::StrAppend(to, std::string(config.name));
                   })));
}

std::vector<std::string> FlagsOf(const TreeConfig& config) {
  if (config.name == kConfigs.front().name) return {};
  return {
      absl::StrCat("-DKF_CONFIG_", absl::StrReplaceAll(std::string(config.name), {{"-", "_"}}))};
}

std::string ConfigText(std::string_view name) {
  const auto config = FindTreeConfig(name);
  if (!config.ok() || config->what.empty()) return std::string(name);
  return absl::StrCat(std::string(config->name), " (", std::string(config->what), ")");
}

std::string NameUnlessDefault(std::string_view name) {
  return name == kConfigs.front().name ? "" : std::string(name);
}

}  // namespace khofuzz
