// A PlanAnswer for people, for programs, and as a drawing.
#ifndef KHOFUZZ_CLI_PLAN_REPORT_H_
#define KHOFUZZ_CLI_PLAN_REPORT_H_

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "cli/map/memory_map.h"
#include "cli/plan/answer.h"
#include "scenario/playing/boot_log.h"

namespace khofuzz {

// Plain text: what of the command line is not played, what KHO takes, whether it is gone, whether
// KHO stays on, whether the next kernel fits, the smallest kho_scratch=, what all that rests on, a
// line for a bug report.
std::string PlanText(const PlanAnswer& answer);

// One line, to be pasted: of the command line only what bears on memory.
std::string PlanLine(const PlanAnswer& answer);

// JSON; sizes in bytes. {"memory", "kho_now", "took_over", "inherited_bytes", "nodes", "release",
// "exact", "least", "most", "off_beyond", "smallest": {"scale", "sizes", ...}, "gigantic":
// {"remedy", "remedy_bytes", "tried", "advice": [{"pages", "preserved"}] by case}, "rests_on",
// "not_taken_into_account", "line"}, of which "smallest" and "gigantic" are there where they were
// looked for; an end is
// {"kho", "scratch_bytes", "cma_bytes", "areas": [{"name", "address", "bytes"}], "zones": as
// ZonesJson() has them, "messages",
// "no_room", "cases":
// [{"preserve", "asked", "preserved", "fits", "why", "gigantic", "gigantic_asked",
// "extended_bytes"}]}.
std::string PlanJson(const PlanAnswer& answer);

// [{"node", "name", "address", "span", "bytes"}]; bytes are what is present.
nlohmann::ordered_json ZonesJson(std::span<const ZoneFacts> zones);

// The machine after its cold boot, at the interval's upper end, with what is preserved in the last
// case.
MemoryMap PlanMap(const PlanAnswer& answer);

// KHO stays on and the successor fits in every case, with its gigantic pages, at both ends.
bool PlanIsWell(const PlanAnswer& answer);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_PLAN_REPORT_H_
