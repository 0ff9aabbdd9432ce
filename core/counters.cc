// Takes the edge counters of what is instrumented (cmake/Khofuzz.cmake) where no fuzzing engine
// does.
#include <cstdint>

// Weak: an engine's, and a sanitizer's, come before these.
extern "C" {
[[gnu::weak]] void __sanitizer_cov_8bit_counters_init(char* /*begin*/, char* /*end*/);
[[gnu::weak]] void __sanitizer_cov_pcs_init(const uintptr_t* /*begin*/, const uintptr_t* /*end*/);

void __sanitizer_cov_8bit_counters_init(char* /*begin*/, char* /*end*/) {}
void __sanitizer_cov_pcs_init(const uintptr_t* /*begin*/, const uintptr_t* /*end*/) {}
}
