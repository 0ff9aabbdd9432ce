// Collecting what a running kernel shows of KHO: a shell script that works without khofuzz, and
// running it.
#ifndef KHOFUZZ_CLI_RECORD_RECORD_H_
#define KHOFUZZ_CLI_RECORD_RECORD_H_

#include <filesystem>
#include <iosfwd>
#include <string_view>

#include "absl/status/statusor.h"
#include "system/files.h"

namespace khofuzz {

// The text of record.sh.
std::string_view RecordScript();

// A recording that lives as long as its folder. What could not be read is in its recorded.txt.
// Unavailable if nothing could be written.
absl::StatusOr<TemporaryFolder> RecordToTemporary();

struct RecordOptions {
  bool script = false;  // print it instead
  std::filesystem::path out = "kho-record";
};
// The script's exit status: 0; 1, something could not be read; 2, nothing could be written.
int RecordCommand(const RecordOptions& options, std::ostream& out, std::ostream& err);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_RECORD_RECORD_H_
