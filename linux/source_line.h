// Which lines of source addresses in a shared object come from, by its debug information.
#ifndef KHOFUZZ_LINUX_SOURCE_LINE_H_
#define KHOFUZZ_LINUX_SOURCE_LINE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "system/contained.h"

namespace khofuzz {

struct SourceLine {
  std::string function;
  std::string source;  // "mm/mm_init.c:771"
};

// Where a shared object is loaded.
struct AddressSpan {
  const char* base = nullptr;  // what its debug information calls 0
  const char* begin = nullptr;
  const char* end = nullptr;

  bool Has(const void* address) const {
    const auto* const at = static_cast<const char*>(address);
    return begin <= at && at < end;
  }
};
// That which holds `inside`; empty if none does.
AddressSpan LoadedAt(const void* inside);

// By return address: the functions of the tree that are there, the innermost of those inlined
// first. Empty where it is the shim's, or nobody knows.
using FramesByAddress = absl::flat_hash_map<const void*, std::vector<SourceLine>>;

// Adds those of `addresses` that are not there: the lines of the calls before them, in the object
// at `path`. Asks the line tool; what that does not know is empty.
void LookUpFrames(const std::string& path, const AddressSpan& object,
                  const std::vector<const void*>& addresses, FramesByAddress& frames);

// Prints what FramesFrom() reads, of offsets in the object at `path`.
using LineTool =
    std::function<std::string(const std::string& path, const std::vector<uint64_t>& offsets)>;
// From now on this process and its children ask `tool` instead of running a program (line_tool.h),
// which a confined one may not.
void SetLineTool(LineTool tool);

// Where a process of ours was when it was lost: "kho_memory_init() kernel/...:12". Empty if that is
// not known.
std::string PlaceOf(const ProcessLoss& loss);

// Of what these tools print for one address after another: "0x1234", then pairs of lines,
// "function" and "path:line". The path may hold anything.
std::vector<std::vector<SourceLine>> FramesFrom(std::string_view printed);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_SOURCE_LINE_H_
