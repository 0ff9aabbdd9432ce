#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/capture/records.h"
#include "cli/capture/text.h"

namespace khofuzz {
namespace {

using Json = nlohmann::json;

class SummaryReader {
 public:
  SummaryReader(std::string_view file, const Json& json) : file_(file), json_(json) {}

  absl::StatusOr<CaptureSummary> Read() {
    if (!json_.is_object()) return Unexpected("the file", "an object");
    for (const auto& [name, value] : json_.items()) {
      if (value.is_number_unsigned()) summary_.figures[name] = value.get<uint64_t>();
    }
    for (const absl::Status& status :
         {NumbersOnly(), FdtPreserved(), Scratch(), Counts("radix_levels", &summary_.radix_levels),
          Counts("per_order", &summary_.per_order), BusyBlocks()}) {
      if (!status.ok()) return status;
    }
    return std::move(summary_);
  }

 private:
  absl::Status Unexpected(const std::string& member, const char* expected) const {
    return absl::InvalidArgumentError(
        absl::StrCat(std::string(file_), ": ", member, ": expected ", expected));
  }

  const Json* Member(const char* name) const {
    const auto it = json_.find(name);
    return it == json_.end() ? nullptr : &*it;
  }

  absl::Status NumbersOnly() const {
    for (const char* name :
         {"fdt_phys", "fdt_totalsize", "scratch_phys", "radix_root", "radix_nodes", "empty_leaves",
          "preserved_bytes", "preserved_lo", "preserved_hi", "radix_pages_inside_preserved",
          "preserved_in_scratch", "overlapping_preserved_ranges", "radix_in_scratch"}) {
      const Json* value = Member(name);
      if (value != nullptr && !value->is_number_unsigned()) {
        return Unexpected(name, "a number of at most 64 bits");
      }
    }
    return absl::OkStatus();
  }

  absl::Status FdtPreserved() {
    const Json* value = Member("fdt_preserved");
    if (value == nullptr) return absl::OkStatus();
    if (!value->is_boolean()) return Unexpected("fdt_preserved", "true or false");
    summary_.fdt_preserved = value->get<bool>();
    return absl::OkStatus();
  }

  // "scratch": [[addr, size], ...]
  absl::Status Scratch() {
    const Json* value = Member("scratch");
    if (value == nullptr) return absl::OkStatus();
    constexpr const char* kExpected = "a list of [address, size] pairs";
    if (!value->is_array()) return Unexpected("scratch", kExpected);
    summary_.scratch.emplace();
    for (const Json& pair : *value) {
      if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number_unsigned() ||
          !pair[1].is_number_unsigned()) {
        return Unexpected("scratch", kExpected);
      }
      summary_.scratch->push_back({PhysAddr{pair[0].get<uint64_t>()}, pair[1].get<uint64_t>()});
    }
    return absl::OkStatus();
  }

  // "per_order": {"0": 524, ...}
  absl::Status Counts(const char* name, std::optional<std::map<unsigned, uint64_t>>* out) const {
    const Json* value = Member(name);
    if (value == nullptr) return absl::OkStatus();
    constexpr const char* kExpected = "an object from small numbers to counts";
    if (!value->is_object()) return Unexpected(name, kExpected);
    out->emplace();
    for (const auto& [key, count] : value->items()) {
      const std::optional<uint64_t> number = ParseNumber(key);
      if (!number || *number > 64 || !count.is_number_unsigned()) {
        return Unexpected(name, kExpected);
      }
      (**out)[static_cast<unsigned>(*number)] = count.get<uint64_t>();
    }
    return absl::OkStatus();
  }

  absl::Status BusyBlocks() {
    const Json* value = Member("busy_1g_blocks");
    if (value == nullptr) return absl::OkStatus();
    if (!value->is_array()) return Unexpected("busy_1g_blocks", "a list of block numbers");
    summary_.busy_1g_blocks.emplace();
    for (const Json& block : *value) {
      if (!block.is_number_unsigned()) {
        return Unexpected("busy_1g_blocks", "a list of block numbers");
      }
      summary_.busy_1g_blocks->push_back(block.get<uint64_t>());
    }
    return absl::OkStatus();
  }

  std::string_view file_;
  const Json& json_;
  CaptureSummary summary_;
};

}  // namespace

std::optional<uint64_t> CaptureSummary::Figure(const std::string& name) const {
  const auto it = figures.find(name);
  return it == figures.end() ? std::nullopt : std::optional<uint64_t>(it->second);
}

absl::StatusOr<CaptureSummary> ParseCaptureSummary(std::string_view file, std::string_view text) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(std::string(file), ": byte ", error.byte, ": expected JSON: ", error.what()));
  }
  return SummaryReader(file, json).Read();
}

}  // namespace khofuzz
