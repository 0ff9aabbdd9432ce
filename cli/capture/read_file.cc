#include "cli/capture/read_file.h"

#include <lzma.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace khofuzz {
namespace {

// What unpacking may cost in liblzma's own memory. The largest preset of xz needs 65 MiB.
constexpr uint64_t kXzMemoryLimit = uint64_t{128} << 20;

// Frees the decoder's memory however the function that owns it ends.
class XzDecoder {
 public:
  ~XzDecoder() { lzma_end(&stream_); }
  lzma_stream* operator->() { return &stream_; }
  lzma_stream* get() { return &stream_; }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

std::string_view XzProblem(lzma_ret code) {
  switch (code) {
    case LZMA_FORMAT_ERROR:
      return "not an .xz file";
    case LZMA_OPTIONS_ERROR:
      return "compression options that are not supported";
    case LZMA_DATA_ERROR:
      return "damaged .xz data";
    case LZMA_BUF_ERROR:
      return "the .xz data ends early";
    case LZMA_MEMLIMIT_ERROR:
    case LZMA_MEM_ERROR:
      return "unpacking needs too much memory";
    default:
      return "the .xz data cannot be unpacked";
  }
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path, uint64_t max_bytes) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    return absl::NotFoundError(absl::StrCat(path.string(), ": no such file"));
  }
  // May not be looked at, or links that lead to themselves.
  if (!std::filesystem::exists(status)) {
    return absl::UnavailableError(absl::StrCat(path.string(), ": ", error.message()));
  }
  if (!std::filesystem::is_regular_file(status)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path.string(), ": expected a regular file, found something else"));
  }
  const uint64_t size = std::filesystem::file_size(path, error);
  if (error) {
    return absl::UnavailableError(absl::StrCat(path.string(), ": ", error.message()));
  }
  if (size > max_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat(path.string(), ": ", size, " bytes; expected at most ", max_bytes));
  }
  std::string bytes(size, '\0');
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return absl::UnavailableError(
        absl::StrCat(path.string(), ": cannot be read: ", std::strerror(errno)));
  }
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  if (!in || static_cast<uint64_t>(in.gcount()) != size) {
    return absl::UnavailableError(absl::StrCat(path.string(), ": cannot be read"));
  }
  return bytes;
}

absl::StatusOr<std::string> ReadXzFile(const std::filesystem::path& path, uint64_t max_bytes) {
  absl::StatusOr<std::string> packed = ReadFile(path, max_bytes);
  if (!packed.ok()) return packed.status();
  return UnpackXz(*packed, path.string(), max_bytes);
}

absl::StatusOr<std::string> UnpackXz(std::string_view packed, const std::string& file,
                                     uint64_t max_bytes) {
  XzDecoder decoder;
  if (lzma_stream_decoder(decoder.get(), kXzMemoryLimit, LZMA_CONCATENATED) != LZMA_OK) {
    return absl::ResourceExhaustedError(absl::StrCat(file, ": cannot start the .xz decoder"));
  }
  decoder->next_in = reinterpret_cast<const uint8_t*>(packed.data());
  decoder->avail_in = packed.size();

  std::string text;
  for (;;) {
    const size_t have = text.size();
    text.resize(have + (size_t{1} << 16));
    decoder->next_out = reinterpret_cast<uint8_t*>(text.data() + have);
    decoder->avail_out = text.size() - have;
    const lzma_ret code = lzma_code(decoder.get(), LZMA_FINISH);
    text.resize(text.size() - decoder->avail_out);
    if (text.size() > max_bytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat(file, ": unpacks to more than ", max_bytes, " bytes"));
    }
    if (code == LZMA_STREAM_END) return text;
    if (code != LZMA_OK) {
      return absl::DataLossError(
          absl::StrCat(file, ": byte ", decoder->total_in, ": ",
                       absl::string_view(XzProblem(code).data(), XzProblem(code).size())));
    }
  }
}

}  // namespace khofuzz
