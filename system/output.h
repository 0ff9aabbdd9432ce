// Standard output that cannot be written is no success: `khofuzz ... >/dev/full` must not exit 0.
#ifndef KHOFUZZ_SYSTEM_OUTPUT_H_
#define KHOFUZZ_SYSTEM_OUTPUT_H_

#include <string>

#include "absl/status/status.h"

namespace khofuzz {

// Before anything is opened: standard streams that are closed become ones that cannot be used,
// where else the next file would take their place and get what was meant for them.
void KeepStandardStreams();

// Writes what is waiting for standard output, of C++'s streams too. Unavailable, with the system's
// reason as far as it is known, if that fails or something failed before.
absl::Status FlushStandardOutput();

// Writes a report where it is wanted: nowhere if `path` is empty, "-" is standard output, else the
// file, atomically.
absl::Status WriteReport(const std::string& path, const std::string& report);

}  // namespace khofuzz

#endif  // KHOFUZZ_SYSTEM_OUTPUT_H_
