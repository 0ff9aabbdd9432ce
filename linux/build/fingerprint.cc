#include "linux/build/fingerprint.h"

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
  const std::string identity = FileIdentity(path);
  if (!identity.empty()) Add(identity);
}

std::string Fingerprint::Hex() const { return absl::StrCat(absl::Hex(hash_, absl::kZeroPad16)); }

}  // namespace khofuzz
