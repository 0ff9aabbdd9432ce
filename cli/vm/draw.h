// Random machines and lives that a booted kernel can play.
#ifndef KHOFUZZ_CLI_VM_DRAW_H_
#define KHOFUZZ_CLI_VM_DRAW_H_

#include <string>

#include "scenario/language/rng.h"

namespace khofuzz {

// A scenario of x86-64's sizes, which ScriptOf() finds bootable: one or two nodes, now and then
// with a hole or memory above 4 GiB, kho_scratch= by sizes, reserve_mem= areas, gigantic pages
// where there is room for them; then two to four kernels, each of which preserves something,
// restores some of what it was handed, and hands over. The same for the same state of `rng`.
std::string DrawBootable(Rng& rng);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_VM_DRAW_H_
