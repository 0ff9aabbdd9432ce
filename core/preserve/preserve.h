// Preserving and unpreserving memory in the outgoing tree.
//
// Mirrors kho_preserve_folio(), kho_preserve_pages() and their inverses
// (kernel/liveupdate/kexec_handover.c, Linux 7.3).
#ifndef KHOFUZZ_CORE_PRESERVE_PRESERVE_H_
#define KHOFUZZ_CORE_PRESERVE_PRESERVE_H_

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "core/address.h"
#include "core/geometry.h"
#include "core/radix/tree.h"

namespace khofuzz {

// True if all of the pages, at least one, belong to the same node.
using OnOneNode = absl::FunctionRef<bool(PfnRange)>;

// The blocks that a run of pages is preserved as, ascending.
std::vector<Preservation> PreservationsOf(PfnRange pages, const Geometry& geometry,
                                          OnOneNode on_one_node);

// kho_preserve_folio(): one key of the folio's own order.
absl::Status PreserveFolio(RadixTree& tree, Preservation folio);
absl::Status UnpreserveFolio(RadixTree& tree, Preservation folio);

// kho_preserve_pages(): a key for each block. Where one cannot be added, the keys of the blocks
// before it are taken out and the error is returned. Taken out, as in the kernel, whether or not
// this call put them in: the tree holds what it held before if none of the run was preserved then.
absl::Status PreservePages(RadixTree& tree, PfnRange pages, const Geometry& geometry,
                           OnOneNode on_one_node);
// kho_unpreserve_pages(), with the very range that was preserved. NotFound names the first block
// that was not; the others are removed all the same.
absl::Status UnpreservePages(RadixTree& tree, PfnRange pages, const Geometry& geometry,
                             OnOneNode on_one_node);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_PRESERVE_PRESERVE_H_
