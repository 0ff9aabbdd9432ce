#include "bench/report.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "absl/strings/str_format.h"

namespace khofuzz {
namespace {

using nlohmann::ordered_json;

double Rounded(double value) { return std::round(value * 1000) / 1000; }
double Micros(const Measurement& m) { return Rounded(m.ns / 1000); }

const Measurement* Find(const Measurements& measurements, const std::string& name) {
  const auto it = measurements.find(name);
  return it == measurements.end() ? nullptr : &it->second;
}

// 0 for a counter that is not there.
uint64_t Counter(const Measurement& m, const std::string& name) {
  const auto it = m.counters.find(name);
  return it == m.counters.end() ? 0 : static_cast<uint64_t>(it->second);
}

// The parts of all names "<prefix><part>..." up to the next slash.
std::set<std::string> PartsAfter(const Measurements& measurements, std::string_view prefix) {
  std::set<std::string> parts;
  for (const auto& [name, measurement] : measurements) {
    if (!name.starts_with(prefix)) continue;
    const std::string rest = name.substr(prefix.size());
    parts.insert(rest.substr(0, rest.find('/')));
  }
  return parts;
}

struct Extension {
  const Measurement* published;
  const Measurement* fast;
  const Measurement* read_limit;

  double ratio() const { return published->ns / fast->ns; }
};

Extension FindExtension(const Measurements& measurements, const std::string& workload) {
  const std::string prefix = "extension/" + workload + "/";
  return {Find(measurements, prefix + "published"), Find(measurements, prefix + "fast"),
          Find(measurements, prefix + "read_limit")};
}

ordered_json ExtensionJson(const Extension& e) {
  ordered_json json;
  const auto add = [&json](const char* name, const Measurement* m) {
    if (m == nullptr) return;
    json[std::string(name) + "_us"] = Micros(*m);
  };
  add("published", e.published);
  add("fast", e.fast);
  if (e.published != nullptr && e.fast != nullptr) json["ratio"] = Rounded(e.ratio());
  add("read_limit", e.read_limit);
  const auto describe = [&json](const char* name, const Measurement* m) {
    if (m == nullptr) return;
    for (const char* of_tree : {"keys", "tree_pages", "extended_bytes"}) {
      json[of_tree] = Counter(*m, of_tree);
    }
    json["keys_per_s"][name] = std::round(static_cast<double>(Counter(*m, "keys")) * 1e9 / m->ns);
    json["tree_bytes_read"][name] = Counter(*m, "tree_bytes_read");
  };
  describe("published", e.published);
  describe("fast", e.fast);
  return json;
}

ordered_json ReserveJson(const Measurements& measurements, const std::string& prefix) {
  std::set<uint64_t> counts;
  for (const std::string& part : PartsAfter(measurements, prefix)) counts.insert(std::stoull(part));
  ordered_json json;
  for (const uint64_t n : counts) {
    const Measurement* m = Find(measurements, prefix + std::to_string(n));
    json[std::to_string(n)] = {{"us", Micros(*m)},
                               {"ns_per_fragment", Rounded(m->ns / static_cast<double>(n))}};
  }
  return json;
}

ordered_json RadixJson(const Measurements& measurements) {
  struct Figure {
    const char* name;
    const char* benchmark;
  };
  constexpr Figure kFigures[] = {{"add_ns", "radix/add"},
                                 {"walk_ns_per_key", "radix/walk"},
                                 {"encode_ns", "radix/encode"},
                                 {"decode_ns", "radix/decode"},
                                 {"encode_checked_ns", "radix/encode_checked"},
                                 {"decode_checked_ns", "radix/decode_checked"}};
  ordered_json json;
  for (const Figure& figure : kFigures) {
    const Measurement* m = Find(measurements, figure.benchmark);
    if (m == nullptr) continue;
    json[figure.name] =
        Rounded(m->ns / static_cast<double>(std::max<uint64_t>(1, Counter(*m, "keys"))));
  }
  return json;
}

}  // namespace

ordered_json ReportJson(const Measurements& measurements) {
  ordered_json json;
  for (const std::string& workload : PartsAfter(measurements, "extension/")) {
    json["extension"][workload] = ExtensionJson(FindExtension(measurements, workload));
  }
  for (const char* name : {"reserve", "reserve_descending"}) {
    ordered_json reserve = ReserveJson(measurements, std::string("memblock/") + name + "/");
    if (!reserve.empty()) json["memblock"][name] = std::move(reserve);
  }
  if (ordered_json radix = RadixJson(measurements); !radix.empty()) {
    json["radix"] = std::move(radix);
  }
  if (const Measurement* small = Find(measurements, "boot/handover_small"); small != nullptr) {
    json["boots_per_second"] = std::round(1e9 / small->ns);
  }
  const Measurement* gib = Find(measurements, "boot/handover_64G");
  const Measurement* tib = Find(measurements, "boot/handover_64T");
  if (gib != nullptr && tib != nullptr) {
    json["boot_64TiB_over_64GiB"] = Rounded(tib->ns / gib->ns);
  }
  for (const std::string& part : PartsAfter(measurements, "boot/preservations/")) {
    const Measurement* m = Find(measurements, "boot/preservations/" + part);
    json["boot"]["preservations"][part] = {
        {"seconds", m->ns * 1e-9}, {"ns_per_preservation", Rounded(m->ns / std::stod(part))}};
  }
  int64_t repetitions = 0;
  for (const auto& [name, m] : measurements) repetitions = std::max(repetitions, m.repetitions);
  json["statistic"] = "CPU time; the fastest of the repetitions, each the mean of its iterations";
  json["repetitions"] = repetitions;
  return json;
}

std::string ExtensionTable(const Measurements& measurements) {
  std::string table;
  for (const std::string& workload : PartsAfter(measurements, "extension/")) {
    const Extension e = FindExtension(measurements, workload);
    if (e.published == nullptr || e.fast == nullptr || e.read_limit == nullptr) continue;
    absl::StrAppendFormat(&table, "%-12s %8d %12.2f %8.2f %8.1f %11.2f %13d %9d\n", workload,
                          Counter(*e.fast, "keys"), e.published->ns / 1000, e.fast->ns / 1000,
                          e.ratio(), e.read_limit->ns / 1000,
                          Counter(*e.published, "tree_bytes_read"),
                          Counter(*e.fast, "tree_bytes_read"));
  }
  if (table.empty()) return table;
  return absl::StrFormat("%-12s %8s %12s %8s %8s %11s %23s\n%-12s %8s %12s %8s %8s %11s %13s %9s\n",
                         "", "", "published", "fast", "", "plain read", "bytes of the tree read",
                         "extension", "keys", "us", "us", "ratio", "us", "published", "fast") +
         table;
}

}  // namespace khofuzz
