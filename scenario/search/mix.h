// Numbers made of numbers: FNV-1a, a word at a time.
#ifndef KHOFUZZ_SCENARIO_SEARCH_MIX_H_
#define KHOFUZZ_SCENARIO_SEARCH_MIX_H_

#include <cstdint>
#include <string_view>

namespace khofuzz {

class Mix {
 public:
  Mix& Add(uint64_t word) {
    // The shift brings what the multiplication moves up back down.
    mixed_ = (mixed_ ^ word) * 0x100000001b3;
    mixed_ ^= mixed_ >> 32;
    return *this;
  }
  Mix& Add(std::string_view text) {
    for (const char c : text) Add(static_cast<unsigned char>(c));
    return *this;
  }
  uint64_t value() const { return mixed_; }

 private:
  uint64_t mixed_ = 0xcbf29ce484222325;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_SEARCH_MIX_H_
