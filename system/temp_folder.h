// For tests: a folder of their own.
#ifndef KHOFUZZ_SYSTEM_TEMP_FOLDER_H_
#define KHOFUZZ_SYSTEM_TEMP_FOLDER_H_

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace khofuzz {

class TempFolder {
 public:
  TempFolder() : path_(testing::TempDir() + "khofuzz.XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << path_ << " cannot be made";
  }
  ~TempFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::filesystem::path operator/(const std::string& name) const {
    return std::filesystem::path(path_) / name;
  }

 private:
  std::string path_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SYSTEM_TEMP_FOLDER_H_
