// Whose a handover's subtrees are.
#ifndef KHOFUZZ_CLI_INSPECT_OWNER_H_
#define KHOFUZZ_CLI_INSPECT_OWNER_H_

#include <string_view>

namespace khofuzz {

// Which part of Linux 7.2 and 7.3 registers a subtree of that name (kho_add_subtree()), and what it
// preserves, for people; empty: none of theirs.
std::string_view OwnerOf(std::string_view subtree);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_INSPECT_OWNER_H_
