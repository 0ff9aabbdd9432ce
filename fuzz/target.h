// What a fuzz target's own file says: which target it is. All else is glue.cc.
//
// Nothing is included here: a file for each target costs no time to build.
#ifndef KHOFUZZ_FUZZ_TARGET_H_
#define KHOFUZZ_FUZZ_TARGET_H_

namespace khofuzz {

// The target's name in scenario/language/targets.cc.
extern const char kFuzzTarget[];

}  // namespace khofuzz

#endif  // KHOFUZZ_FUZZ_TARGET_H_
