// A short name for all that something was made of.
#ifndef KHOFUZZ_LINUX_BUILD_FINGERPRINT_H_
#define KHOFUZZ_LINUX_BUILD_FINGERPRINT_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace khofuzz {

// FNV-1a of 64 bits. It tells changes apart, not what somebody made to look alike.
class Fingerprint {
 public:
  // What is added in two parts is not what is added as one.
  void Add(std::string_view bytes);
  // A file's content. NotFound or Unavailable.
  absl::Status AddFile(const std::filesystem::path& path);
  // A file's FileIdentity(): for what is too large to read. Nothing if there is no such file.
  void AddIdentity(const std::filesystem::path& path);

  std::string Hex() const;

 private:
  uint64_t hash_ = 0xcbf29ce484222325;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_FINGERPRINT_H_
