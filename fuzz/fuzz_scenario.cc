// The scenario language itself: any bytes in, text and scenarios out.
#include "fuzz/glue.h"
#include "scenario/language/language.h"

const std::string_view khofuzz::kFuzzTarget = "fuzz_scenario";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  khofuzz::Report report;
  khofuzz::CheckLanguage(text, report);
  if (!report.ok()) khofuzz::Crash(report.violations().front(), "on this text", text);
  return 0;
}
