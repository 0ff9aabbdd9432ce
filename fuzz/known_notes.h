// Findings that a fuzz target takes for known are noted in files, one a kind, for whoever runs it.
#ifndef KHOFUZZ_FUZZ_KNOWN_NOTES_H_
#define KHOFUZZ_FUZZ_KNOWN_NOTES_H_

#include <string>

#include "oracle/report.h"
#include "scenario/language/scenario.h"

namespace khofuzz {

// QUIRK.INVARIANT.kho in `folder`, unless it is there with as few op lines or `folder` is empty: a
// scenario whose first lines are comments "# known: QUIRK", "# breaks: INVARIANT" and what broke.
void NoteKnown(const std::string& quirk, const Violation& violation, const Scenario& scenario,
               const std::string& folder);

}  // namespace khofuzz

#endif  // KHOFUZZ_FUZZ_KNOWN_NOTES_H_
