// Damaged recordings: whatever is done to the files, inspecting them ends in a report or in an
// error that says where.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "cli/capture/temp_capture.h"
#include "cli/inspect/report.h"
#include "cli/map/svg.h"

namespace khofuzz {
namespace {

using Random = std::mt19937_64;

size_t Below(Random& random, size_t n) { return n == 0 ? 0 : random() % n; }

// Makes one change to `bytes`.
std::string Mutate(std::string bytes, Random& random) {
  const size_t at = Below(random, bytes.size() + 1);
  const size_t count = Below(random, 1 + Below(random, bytes.size() - at + 1));
  switch (random() % 7) {
    case 0:  // flip a bit
      if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8)));
      return bytes;
    case 1:
      return bytes.substr(0, at);
    case 2:
      return bytes.erase(at, count);
    case 3:
      return bytes.insert(at, bytes.substr(Below(random, bytes.size() + 1), count));
    case 4: {  // a word of a table or a bitmap
      uint64_t word = random();
      if (random() % 2 == 0) word = ~uint64_t{0} << (random() % 64);
      const size_t offset = at / 8 * 8;
      if (offset + 8 <= bytes.size()) std::memcpy(bytes.data() + offset, &word, 8);
      return bytes;
    }
    case 5: {  // a digit
      const size_t digit = bytes.find_first_of("0123456789", at);
      if (digit != std::string::npos) bytes[digit] = static_cast<char>('0' + random() % 10);
      return bytes;
    }
    default: {  // a number
      const size_t digit = bytes.find_first_of("123456789", at);
      const std::string numbers[] = {"0", "-1", "18446744073709551615", "99999999999999999999", ""};
      return digit == std::string::npos ? bytes : bytes.replace(digit, 1, numbers[random() % 5]);
    }
  }
}

std::vector<std::string> Files(const TempCapture& copy) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(copy.dir())) {
    if (!entry.is_regular_file()) continue;
    files.push_back(std::filesystem::relative(entry.path(), copy.dir()).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// A report, or an error that names the file or at least the folder.
void InspectDamaged(const TempCapture& copy, const std::string& damage) {
  const absl::StatusOr<Capture> capture = LoadCapture(copy.dir());
  const absl::StatusOr<InspectReport> report =
      capture.ok() ? Inspect(*capture) : absl::StatusOr<InspectReport>(capture.status());
  if (!report.ok()) {
    EXPECT_NE(report.status().message().find(copy.dir().string()), std::string::npos)
        << damage << ": " << report.status();
    return;
  }
  EXPECT_FALSE(ReportText(*report).empty());
  EXPECT_FALSE(ReportJson(*report).empty());
  EXPECT_LT(RenderHtml(ReportMap(*capture, *report)).size(), size_t{8} << 20) << damage;
}

void DamageEveryFile(std::string_view name, int rounds) {
  const TempCapture copy(name);
  Random random(20260601);
  for (const std::string& file : Files(copy)) {
    const std::string intact = copy.Read(file);
    for (int round = 0; round < rounds; ++round) {
      copy.Write(file, Mutate(intact, random));
      InspectDamaged(copy, file + ", round " + std::to_string(round));
    }
    copy.Write(file, intact);
  }
}

TEST(HostileTest, AnyDamageToASmallHandoverIsSurvived) { DamageEveryFile("a_", 40); }

TEST(HostileTest, AnyDamageToALargerHandoverIsSurvived) { DamageEveryFile("h_", 8); }

// The FDT's two forms must agree, so damage to one alone says nothing about decoding it.
TEST(HostileTest, AnyDamageToTheFdtAloneIsSurvived) {
  const TempCapture copy("e_");
  copy.Remove("fdt.dtb");
  copy.Remove("preserved.txt.xz");
  const std::string page = copy.Read("fdt.page.bin");
  Random random(7);
  for (int round = 0; round < 300; ++round) {
    std::string damaged = page;
    for (int i = 0; i < 3; ++i) {
      damaged[Below(random, 345)] = static_cast<char>(random());
    }
    copy.Write("fdt.page.bin", damaged);
    InspectDamaged(copy, "FDT, round " + std::to_string(round));
  }
}

// Bits set anywhere in leaves: blocks of every order, also of those that cover everything.
TEST(HostileTest, AnyBitsInLeavesAreSurvived) {
  const TempCapture copy("i_");
  copy.Remove("preserved.txt");
  const std::string pages = copy.Read("radix/pages.bin");
  Random random(11);
  for (int round = 0; round < 100; ++round) {
    std::string damaged = pages;
    for (int i = 0; i < 2; ++i) {
      const size_t bit = Below(random, pages.size() * 8);
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] | (1 << bit % 8));
    }
    copy.Write("radix/pages.bin", damaged);
    InspectDamaged(copy, "pages, round " + std::to_string(round));
  }
}

}  // namespace
}  // namespace khofuzz
