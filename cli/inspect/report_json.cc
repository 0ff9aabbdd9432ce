#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "cli/inspect/report.h"
#include "cli/plan/report.h"
#include "core/handover/fdt.h"

namespace khofuzz {
namespace {

using Json = nlohmann::ordered_json;

Json Areas(const ScratchTable& table) {
  Json list = Json::array();
  for (const ScratchArea& area : table.areas) list.push_back({area.addr.value, area.size});
  return list;
}

Json Subtrees(const KhoFdt& fdt) {
  Json list = Json::array();
  for (const KhoSubtree& subtree : fdt.subtrees) {
    list.push_back({{"name", subtree.name}, {"data", subtree.data.value}, {"size", subtree.size}});
  }
  return list;
}

Json Counts(const std::vector<uint64_t>& counts) {
  Json object = Json::object();
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0) object[std::to_string(i)] = counts[i];
  }
  return object;
}

Json Regions(const std::vector<MemblockRegion>& regions) {
  Json list = Json::array();
  for (const MemblockRegion& region : regions) {
    list.push_back({region.base.value, region.end().value});
  }
  return list;
}

Json Stats(const ExtendStats& stats) {
  return {{"keys_visited", stats.keys_visited},
          {"busy_blocks", stats.busy_blocks},
          {"digest_pages", stats.digest_pages},
          {"tree_bytes_read", stats.tree_bytes_read}};
}

Json Checks(const std::vector<Check>& checks) {
  Json list = Json::array();
  for (const Check& check : checks) {
    list.push_back({{"name", check.name},
                    {"computed", check.computed},
                    {"recorded", check.recorded},
                    {"agrees", check.agrees ? Json(*check.agrees) : Json()}});
  }
  return list;
}

Json Address(PhysAddr address, bool recorded) { return recorded ? Json(address.value) : Json(); }

}  // namespace

std::string ReportJson(const InspectReport& report) {
  const RadixTreeSummary& tree = report.decoded.tree;
  Json json;
  json["name"] = report.name;
  if (!report.kexec.empty()) json["kexec"] = report.kexec;
  if (!report.dump_not_whole.empty()) json["dump_not_whole"] = report.dump_not_whole;
  json["agrees"] = report.agrees();
  json["breaks"] = report.breaks;
  json["page_size"] = report.geometry.page_size();
  json["pageblock_order"] = report.geometry.pageblock_order;
  json["max_page_order"] = report.geometry.max_page_order;
  json["compatible"] = std::string(KhoCompatible(report.decoded.fdt.version));
  json["fdt"] = Address(report.fdt, report.fdt_address_recorded);
  json["scratch_table"] = Address(report.scratch_table, report.scratch_address_recorded);
  json["root"] = report.decoded.fdt.memory_map.value;
  json["subtrees"] = Subtrees(report.decoded.fdt);
  json["nodes"] = tree.nodes.size();
  json["nodes_by_level"] = Counts(report.preserved.nodes_by_level);
  json["empty_leaves"] = tree.empty_leaves;
  json["keys"] = tree.keys;
  json["keys_by_order"] = Counts(tree.keys_by_order);
  json["preserved_bytes"] = tree.preserved_bytes;
  json["preserved_ranges"] = report.preserved.ranges.size();
  json["preserved"] = Json::array();
  for (const AddrRange& range : report.preserved.ranges) {
    json["preserved"].push_back({range.begin.value, range.end.value});
  }
  json["scratch"] = Areas(report.decoded.scratch);
  json["scratch_recomputed"] = Areas(report.scratch_recomputed);
  json["scratch_inherited"] = report.scratch_inherited;
  json["cma_pageblocks"] = report.cma_pageblocks;
  json["kho_scratch_memory"] = Regions(report.kho_scratch_memory);
  json["extension"] = {{"published", Stats(report.published)}, {"fast", Stats(report.fast)}};
  json["checks"] = Checks(report.checks);
  json["model_boot"] = {{"played", report.model_boot.played},
                        {"cma_pageblocks", report.model_boot.cma_pageblocks},
                        {"preserved_pages", report.model_boot.preserved_pages},
                        {"reserved", Regions(report.model_boot.reserved)},
                        {"kho_scratch_memory", Regions(report.model_boot.kho_scratch_memory)},
                        {"zones", ZonesJson(report.model_boot.zones)},
                        {"not_taken_into_account", report.model_boot.not_played},
                        {"checks", Checks(report.model_boot.checks)}};
  // A name in an FDT need not be UTF-8; JSON must be.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace khofuzz
