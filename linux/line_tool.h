// The programs that know which lines of source a shared object's addresses come from.
#ifndef KHOFUZZ_LINUX_LINE_TOOL_H_
#define KHOFUZZ_LINUX_LINE_TOOL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace khofuzz {

// addr2line, and llvm-symbolizer for what that does not know. A program runs for each object that
// has been asked about, as long as this lives, for starting one takes longer than an answer. One
// that has answered and then ends, or is silent, is started once more. Only the process that made
// it may ask.
class RunningLineTools {
 public:
  RunningLineTools();
  ~RunningLineTools();
  RunningLineTools(const RunningLineTools&) = delete;
  RunningLineTools& operator=(const RunningLineTools&) = delete;

  // What FramesFrom() (source_line.h) reads, of offsets in the object at `path` as it is now. ""
  // where neither program is there or knows.
  std::string Ask(const std::string& path, const std::vector<uint64_t>& offsets);

 private:
  class Program;
  struct Object {
    std::string identity;  // of the file that they have open
    std::vector<std::unique_ptr<Program>> programs{};
  };
  std::map<std::string, Object> objects_;  // by path
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_LINE_TOOL_H_
