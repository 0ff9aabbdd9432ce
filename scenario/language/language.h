// What holds of the language itself, for any bytes.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_LANGUAGE_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_LANGUAGE_H_

#include <string_view>

#include "oracle/report.h"

namespace khofuzz {

// language-round-trip: `text` read leniently prints to a text that reads back, leniently and (where
// the machine needs no repair) strictly, as the same scenario; so do a mutant, a child and a
// simplification of it, chosen by the text.
void CheckLanguage(std::string_view text, Report& report);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_LANGUAGE_H_
