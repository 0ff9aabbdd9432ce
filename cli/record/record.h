// Collecting what a running kernel shows of KHO: a shell script that works without khofuzz, and
// running it.
#ifndef KHOFUZZ_CLI_RECORD_RECORD_H_
#define KHOFUZZ_CLI_RECORD_RECORD_H_

#include <filesystem>
#include <iosfwd>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace khofuzz {

// The text of record.sh.
std::string_view RecordScript();

// A recording that lives as long as its object.
class TemporaryRecord {
 public:
  explicit TemporaryRecord(std::filesystem::path dir) : dir_(std::move(dir)) {}
  TemporaryRecord(TemporaryRecord&& other) noexcept : dir_(std::exchange(other.dir_, {})) {}
  TemporaryRecord& operator=(TemporaryRecord&&) = delete;
  ~TemporaryRecord();
  const std::filesystem::path& dir() const { return dir_; }

 private:
  std::filesystem::path dir_;
};
// What could not be read is in its recorded.txt. Unavailable if nothing could be written.
absl::StatusOr<TemporaryRecord> RecordToTemporary();

struct RecordOptions {
  bool script = false;  // print it instead
  std::filesystem::path out = "kho-record";
};
// The script's exit status: 0; 1, something could not be read; 2, nothing could be written.
int RecordCommand(const RecordOptions& options, std::ostream& out, std::ostream& err);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_RECORD_RECORD_H_
