#include "linux/build/fingerprint.h"

#include <system_error>

#include "absl/strings/str_cat.h"
#include "system/files.h"

namespace khofuzz {

void Fingerprint::Add(std::string_view bytes) {
  const auto mix = [this](unsigned char byte) { hash_ = (hash_ ^ byte) * 0x100000001b3; };
  for (const char byte : bytes) mix(static_cast<unsigned char>(byte));
  for (size_t size = bytes.size(), i = 0; i < sizeof(size); ++i, size >>= 8) {
    mix(static_cast<unsigned char>(size));
  }
}

absl::Status Fingerprint::AddFile(const std::filesystem::path& path) {
  const auto text = ReadText(path);
  if (!text.ok()) return text.status();
  Add(*text);
  return absl::OkStatus();
}

void Fingerprint::AddIdentity(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  if (error || !std::filesystem::is_regular_file(real, error)) return;
  // libc++ counts in 128 bits.
  const auto written = static_cast<int64_t>(
      std::filesystem::last_write_time(real, error).time_since_epoch().count());
  Add(absl::StrCat(real.string(), " ", std::filesystem::file_size(real, error), " ", written));
}

std::string Fingerprint::Hex() const { return absl::StrCat(absl::Hex(hash_, absl::kZeroPad16)); }

}  // namespace khofuzz
