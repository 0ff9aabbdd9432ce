// For tests: a copy of a recorded handover that may be damaged.
#ifndef KHOFUZZ_CLI_CAPTURE_TEMP_CAPTURE_H_
#define KHOFUZZ_CLI_CAPTURE_TEMP_CAPTURE_H_

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "system/files.h"

namespace khofuzz {

inline std::filesystem::path CapturesDir() {
  return std::filesystem::path(KHOFUZZ_SOURCE_DIR) / "corpus" / "captures";
}

// The names of all recorded handovers.
inline std::vector<std::string> CaptureNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(CapturesDir())) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Lives as long as its object.
class TempCapture {
 public:
  // `name` is a folder of corpus/captures, or the beginning of one's name.
  explicit TempCapture(std::string_view name) {
    for (const std::string& full : CaptureNames()) {
      if (!full.starts_with(name)) continue;
      std::filesystem::copy(CapturesDir() / full, dir(), std::filesystem::copy_options::recursive);
      return;
    }
  }

  const std::filesystem::path& dir() const { return folder_.path(); }

  std::string Read(std::string_view file) const {
    std::ifstream in(dir() / file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  void Write(std::string_view file, std::string_view bytes) const {
    std::ofstream out(dir() / file, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  void Remove(std::string_view file) const { std::filesystem::remove(dir() / file); }
  // Replaces the first `from` in a file; false if there is none.
  bool Replace(std::string_view file, std::string_view from, std::string_view to) const {
    std::string text = Read(file);
    const size_t at = text.find(from);
    if (at == std::string::npos) return false;
    Write(file, text.replace(at, from.size(), to));
    return true;
  }
  // Sets the u64 at byte `offset` of a binary file.
  void Poke(std::string_view file, size_t offset, uint64_t value) const {
    std::string bytes = Read(file);
    std::memcpy(bytes.data() + offset, &value, sizeof(value));
    Write(file, bytes);
  }
  uint64_t Peek(std::string_view file, size_t offset) const {
    uint64_t value = 0;
    const std::string bytes = Read(file);
    std::memcpy(&value, bytes.data() + offset, sizeof(value));
    return value;
  }

 private:
  TemporaryFolder folder_ = TemporaryFolder::Make("khofuzz-capture").value();
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_CAPTURE_TEMP_CAPTURE_H_
