// The ops: one struct each, with its one field list and what it does.
//
// Operands are total: any value does something valid or nothing. Addresses fall into the machine,
// indices are taken modulo what exists, counts are clamped to what fits. So a line can be edited or
// dropped anywhere and the rest still runs.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_OPS_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_OPS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "scenario/language/choices.h"
#include "scenario/language/field.h"
#include "scenario/language/ops_life.h"

namespace khofuzz {

class State;

namespace op {

// ---- faults ---------------------------------------------------------------------------------

struct Fail {
  uint64_t site = 0;
  uint64_t k = 0;

  static constexpr std::string_view kName = "fail";
  static constexpr std::string_view kDoc = "The k-th allocation from now on at a site fails.";
  static constexpr auto Fields() {
    return std::tuple(
        Choice("site", &Fail::site, kFaultSiteNames, "which kind of allocation"),
        Number("k", &Fail::k, Kind::kCount,
               "how many such allocations succeed before; 0x4000000000000000: all of them"));
  }
  void Perform(State& state) const;
  friend bool operator==(const Fail&, const Fail&) = default;
};

// ---- memblock by itself, with the firmware's map; no kernel boots from it --------------------

struct MemblockAdd {
  uint64_t base = 0, size = 0, nid = 0;
  static constexpr std::string_view kName = "memblock_add";
  static constexpr std::string_view kDoc = "memblock_add_node(): whole pages become memory.";
  static constexpr auto Fields() {
    using L = MemblockAdd;
    return std::tuple(Number("base", &L::base, Kind::kAddress, "where it begins"),
                      Number("size", &L::size, Kind::kSize, "how large it is"),
                      Optional("nid", &L::nid, Kind::kNode, "its node"));
  }
  void Perform(State& state) const;
  friend bool operator==(const MemblockAdd&, const MemblockAdd&) = default;
};

struct MemblockRemove {
  uint64_t base = 0, size = 0;
  static constexpr std::string_view kName = "memblock_remove";
  static constexpr std::string_view kDoc = "memblock_remove(): whole pages are memory no more.";
  static constexpr auto Fields() {
    using L = MemblockRemove;
    return std::tuple(Number("base", &L::base, Kind::kAddress, "where it begins"),
                      Number("size", &L::size, Kind::kSize, "how large it is"));
  }
  void Perform(State& state) const;
  friend bool operator==(const MemblockRemove&, const MemblockRemove&) = default;
};

struct MemblockReserve {
  uint64_t base = 0, size = 0, flag = 0, nid = kAnyNode;
  static constexpr std::string_view kName = "memblock_reserve";
  static constexpr std::string_view kDoc = "__memblock_reserve(): whole pages are reserved.";
  static constexpr auto Fields() {
    using L = MemblockReserve;
    return std::tuple(Number("base", &L::base, Kind::kAddress, "where it begins"),
                      Number("size", &L::size, Kind::kSize, "how large it is"),
                      Choice("flag", &L::flag, kReserveFlagNames, "what it is reserved for"),
                      Optional("nid", &L::nid, Kind::kNode, "the node noted with it"));
  }
  void Perform(State& state) const;
  friend bool operator==(const MemblockReserve&, const MemblockReserve&) = default;
};

struct MemblockFree {
  uint64_t base = 0, size = 0;
  static constexpr std::string_view kName = "memblock_free";
  static constexpr std::string_view kDoc =
      "memblock_phys_free(): whole pages are reserved no more.";
  static constexpr auto Fields() {
    using L = MemblockFree;
    return std::tuple(Number("base", &L::base, Kind::kAddress, "where it begins"),
                      Number("size", &L::size, Kind::kSize, "how large it is"));
  }
  void Perform(State& state) const;
  friend bool operator==(const MemblockFree&, const MemblockFree&) = default;
};

struct MemblockMark {
  uint64_t base = 0, size = 0, flag = 0;
  bool clear = false;
  static constexpr std::string_view kName = "memblock_mark";
  static constexpr std::string_view kDoc =
      "memblock_mark_*() and memblock_reserved_mark_*(): sets or clears a flag on whole pages of "
      "memory, or of reserved memory for the rsrv flags.";
  static constexpr auto Fields() {
    using L = MemblockMark;
    return std::tuple(Number("base", &L::base, Kind::kAddress, "where it begins"),
                      Number("size", &L::size, Kind::kSize, "how large it is"),
                      Choice("flag", &L::flag, kMarkFlagNames, "which flag"),
                      Flag("clear", &L::clear, "clears it instead of setting it"));
  }
  void Perform(State& state) const;
  friend bool operator==(const MemblockMark&, const MemblockMark&) = default;
};

struct MemblockSetNode {
  uint64_t base = 0, size = 0, nid = 0;
  bool reserved = false;
  static constexpr std::string_view kName = "memblock_set_node";
  static constexpr std::string_view kDoc = "memblock_set_node() on memory or on reserved regions.";
  static constexpr auto Fields() {
    using L = MemblockSetNode;
    return std::tuple(Number("base", &L::base, Kind::kAddress, "where it begins"),
                      Number("size", &L::size, Kind::kSize, "how large it is"),
                      Number("nid", &L::nid, Kind::kNode, "the node"),
                      Flag("reserved", &L::reserved, "on the reserved regions"));
  }
  void Perform(State& state) const;
  friend bool operator==(const MemblockSetNode&, const MemblockSetNode&) = default;
};

struct MemblockAlloc {
  uint64_t size = 0, align = 0, nid = kAnyNode;
  bool exact = false;
  static constexpr std::string_view kName = "memblock_alloc";
  static constexpr std::string_view kDoc =
      "memblock_alloc_range_nid(): whole pages, wherever the boot allocator puts them.";
  static constexpr auto Fields() {
    using L = MemblockAlloc;
    return std::tuple(
        Number("size", &L::size, Kind::kSize, "how much"),
        Optional("align", &L::align, Kind::kSize, "rounded to a power of two, at least a page"),
        Optional("nid", &L::nid, Kind::kNode, "the node to prefer"),
        Flag("exact", &L::exact, "no other node will do"));
  }
  void Perform(State& state) const;
  friend bool operator==(const MemblockAlloc&, const MemblockAlloc&) = default;
};

struct MemblockPolicy {
  bool scratch_only = false, bottom_up = false;
  static constexpr std::string_view kName = "memblock_policy";
  static constexpr std::string_view kDoc =
      "memblock_set_kho_scratch_only() and memblock_set_bottom_up(), both on or off.";
  static constexpr auto Fields() {
    using L = MemblockPolicy;
    return std::tuple(Flag("scratch_only", &L::scratch_only, "allocate from KHO_SCRATCH only"),
                      Flag("bottom_up", &L::bottom_up, "allocate from the bottom"));
  }
  void Perform(State& state) const;
  friend bool operator==(const MemblockPolicy&, const MemblockPolicy&) = default;
};

struct FreeRanges {
  uint64_t nid = kAnyNode;
  bool scratch = false;
  static constexpr std::string_view kName = "free_ranges";
  static constexpr std::string_view kDoc =
      "for_each_free_mem_range(), forwards and backwards, and the region each range lies in.";
  static constexpr auto Fields() {
    using L = FreeRanges;
    return std::tuple(Optional("nid", &L::nid, Kind::kNode, "of this node only"),
                      Flag("scratch", &L::scratch, "KHO_SCRATCH memory only"));
  }
  void Perform(State& state) const;
  friend bool operator==(const FreeRanges&, const FreeRanges&) = default;
};

// ---- keys and a radix tree of raw keys ----------------------------------------------------------

struct EncodeKey {
  uint64_t phys = 0, order = 0;
  static constexpr std::string_view kName = "encode_key";
  static constexpr std::string_view kDoc = "kho_encode_radix_key(), and back.";
  static constexpr auto Fields() {
    using L = EncodeKey;
    return std::tuple(Number("phys", &L::phys, Kind::kKey, "address, rounded down to the block"),
                      Number("order", &L::order, Kind::kOrder, "log2 of the block's pages"));
  }
  void Perform(State& state) const;
  friend bool operator==(const EncodeKey&, const EncodeKey&) = default;
};

struct DecodeKey {
  uint64_t key = 0;
  static constexpr std::string_view kName = "decode_key";
  static constexpr std::string_view kDoc = "kho_decode_radix_key(), and back.";
  static constexpr auto Fields() {
    return std::tuple(Number("key", &DecodeKey::key, Kind::kKey, "any 64 bits"));
  }
  void Perform(State& state) const;
  friend bool operator==(const DecodeKey&, const DecodeKey&) = default;
};

struct RadixAdd {
  uint64_t key = 0;
  static constexpr std::string_view kName = "radix_add";
  static constexpr std::string_view kDoc = "kho_radix_add_key() on a tree of raw keys.";
  static constexpr auto Fields() {
    return std::tuple(Number("key", &RadixAdd::key, Kind::kKey, "any 64 bits"));
  }
  void Perform(State& state) const;
  friend bool operator==(const RadixAdd&, const RadixAdd&) = default;
};

struct RadixDel {
  uint64_t key = 0;
  static constexpr std::string_view kName = "radix_del";
  static constexpr std::string_view kDoc = "kho_radix_del_key() on the tree of raw keys.";
  static constexpr auto Fields() {
    return std::tuple(Number("key", &RadixDel::key, Kind::kKey, "any 64 bits"));
  }
  void Perform(State& state) const;
  friend bool operator==(const RadixDel&, const RadixDel&) = default;
};

struct RadixDelNth {
  uint64_t index = 0;
  static constexpr std::string_view kName = "radix_del_nth";
  static constexpr std::string_view kDoc = "kho_radix_del_key() of a key that is in the tree.";
  static constexpr auto Fields() {
    return std::tuple(Number("index", &RadixDelNth::index, Kind::kIndex, "which, in key order"));
  }
  void Perform(State& state) const;
  friend bool operator==(const RadixDelNth&, const RadixDelNth&) = default;
};

struct RadixWalk {
  uint64_t stop = 0;
  static constexpr std::string_view kName = "radix_walk";
  static constexpr std::string_view kDoc =
      "kho_radix_walk_tree() whose callback stops it at the given key; everything is compared.";
  static constexpr auto Fields() {
    return std::tuple(
        Number("stop", &RadixWalk::stop, Kind::kIndex, "the walk ends after so many keys"));
  }
  void Perform(State& state) const;
  friend bool operator==(const RadixWalk&, const RadixWalk&) = default;
};

struct RadixReopen {
  static constexpr std::string_view kName = "radix_reopen";
  static constexpr std::string_view kDoc = "kho_radix_init_tree() from the root that exists.";
  static constexpr auto Fields() { return std::tuple(); }
  void Perform(State& state) const;
  friend bool operator==(const RadixReopen&, const RadixReopen&) = default;
};

struct RadixDestroy {
  static constexpr std::string_view kName = "radix_destroy";
  static constexpr std::string_view kDoc =
      "kho_radix_destroy_tree(): every node must come back; the next op starts a new tree.";
  static constexpr auto Fields() { return std::tuple(); }
  void Perform(State& state) const;
  friend bool operator==(const RadixDestroy&, const RadixDestroy&) = default;
};

// ---- scratch -----------------------------------------------------------------------------------

struct ParseScratch {
  std::string value;
  static constexpr std::string_view kName = "parse_scratch";
  static constexpr std::string_view kDoc = "kho_scratch= with this value, parsed and no more.";
  static constexpr auto Fields() {
    return std::tuple(Params("value", &ParseScratch::value, "what stands after kho_scratch="));
  }
  void Perform(State& state) const;
  friend bool operator==(const ParseScratch&, const ParseScratch&) = default;
};

struct ReserveScratch {
  std::string params;
  static constexpr std::string_view kName = "reserve_scratch";
  static constexpr std::string_view kDoc =
      "kho_reserve_scratch() with this kho_scratch= value, on memblock by itself, once; a boot's "
      "own "
      "is boot_with scratch=.";
  static constexpr auto Fields() {
    return std::tuple(Params("params", &ReserveScratch::params, "\"200%\", or \"16M,64M,32M\""));
  }
  void Perform(State& state) const;
  friend bool operator==(const ReserveScratch&, const ReserveScratch&) = default;
};

// ---- preserving -------------------------------------------------------------------------------

struct NodesFrom {
  uint64_t pfn = 0;
  static constexpr std::string_view kName = "nodes_from";
  static constexpr std::string_view kDoc =
      "From now on the pages of the outgoing tree come from the first free page at or above this "
      "one.";
  static constexpr auto Fields() {
    return std::tuple(Number("pfn", &NodesFrom::pfn, Kind::kPfn, "where to look first"));
  }
  void Perform(State& state) const;
  friend bool operator==(const NodesFrom&, const NodesFrom&) = default;
};

struct PreserveFolio {
  uint64_t pfn = 0, order = 0;
  static constexpr std::string_view kName = "preserve_folio";
  static constexpr std::string_view kDoc =
      "kho_preserve_folio() of a folio at the first free place at or above a page: from the buddy, "
      "or, above its largest block, as alloc_contig_pages() gives one, up to two extension blocks.";
  static constexpr auto Fields() {
    using L = PreserveFolio;
    return std::tuple(Number("pfn", &L::pfn, Kind::kPfn, "where to look first"),
                      Number("order", &L::order, Kind::kOrder, "its order"));
  }
  void Perform(State& state) const;
  friend bool operator==(const PreserveFolio&, const PreserveFolio&) = default;
};

struct AllocPreserve {
  uint64_t order = 0;
  static constexpr std::string_view kName = "alloc_preserve";
  static constexpr std::string_view kDoc = "kho_alloc_preserve(): a new folio, preserved.";
  static constexpr auto Fields() {
    return std::tuple(Number("order", &AllocPreserve::order, Kind::kOrder, "its order"));
  }
  void Perform(State& state) const;
  friend bool operator==(const AllocPreserve&, const AllocPreserve&) = default;
};

struct PreserveAgain {
  uint64_t index = 0;
  static constexpr std::string_view kName = "preserve_again";
  static constexpr std::string_view kDoc =
      "Preserves a folio or a run of pages that is preserved: that changes nothing.";
  static constexpr auto Fields() {
    return std::tuple(Number("index", &PreserveAgain::index, Kind::kIndex, "which, oldest first"));
  }
  void Perform(State& state) const;
  friend bool operator==(const PreserveAgain&, const PreserveAgain&) = default;
};

struct PreservePages {
  uint64_t pfn = 0, nr = 1;
  static constexpr std::string_view kName = "preserve_pages";
  static constexpr std::string_view kDoc =
      "kho_preserve_pages() of a run of pages at the first free page at or above one; cut off "
      "where "
      "free memory ends.";
  static constexpr auto Fields() {
    using L = PreservePages;
    return std::tuple(Number("pfn", &L::pfn, Kind::kPfn, "where to look first"),
                      Number("nr", &L::nr, Kind::kCount, "how many pages"));
  }
  void Perform(State& state) const;
  friend bool operator==(const PreservePages&, const PreservePages&) = default;
};

struct Unpreserve {
  uint64_t index = 0, how = 0;
  static constexpr std::string_view kName = "unpreserve";
  static constexpr std::string_view kDoc =
      "kho_unpreserve_folio(), _pages() or _vmalloc() of something preserved. It is then held, or, "
      "a folio, given back at once by kho_unpreserve_free(). Unpreserving folios or pages that are "
      "held and not preserved changes nothing.";
  static constexpr auto Fields() {
    using L = Unpreserve;
    return std::tuple(Number("index", &L::index, Kind::kIndex, "which, oldest first"),
                      Field<L, uint64_t>{"how", &L::how, Kind::kChoice,
                                         "what becomes of it, or that it is not there", true,
                                         kUnpreserveHowNames});
  }
  void Perform(State& state) const;
  friend bool operator==(const Unpreserve&, const Unpreserve&) = default;
};

// ---- between two kernels ----------------------------------------------------------------------

struct Extend {
  static constexpr std::string_view kName = "extend";
  static constexpr std::string_view kDoc =
      "Hands over if a kernel runs; the next one boots as far as kho_extend_scratch(), which is "
      "held "
      "against the model's (as published, and a faster way) and against the definition, and is "
      "then over. The one after it boots anew with the same handover.";
  static constexpr auto Fields() { return std::tuple(); }
  void Perform(State& state) const;
  friend bool operator==(const Extend&, const Extend&) = default;
};

struct BootAlloc {
  uint64_t size = 0, align = 0, nid = kAnyNode, end = 0;
  static constexpr std::string_view kName = "boot_alloc";
  static constexpr std::string_view kDoc =
      "The next boot allocates from memblock once scratch is extended and before anything is "
      "retrieved, as memmaps and hash tables do.";
  static constexpr auto Fields() {
    using L = BootAlloc;
    return std::tuple(
        Number("size", &L::size, Kind::kSize, "how much"),
        Optional("align", &L::align, Kind::kSize, "rounded to a power of two, at least 64 bytes"),
        Optional("nid", &L::nid, Kind::kNode, "the node to prefer"),
        Optional("end", &L::end, Kind::kAddress, "nothing at or above it; 0: no limit"));
  }
  void Perform(State& state) const;
  friend bool operator==(const BootAlloc&, const BootAlloc&) = default;
};

struct BootNeeds {
  static constexpr std::string_view kName = "boot_needs";
  static constexpr std::string_view kDoc =
      "From the next boot on each takes of memblock what a kernel needs for so much memory, once "
      "scratch is extended: 64 bytes for each page of all sections that hold memory, and on a "
      "machine of one node the hash tables of dentries and inodes.";
  static constexpr auto Fields() { return std::tuple(); }
  void Perform(State& state) const;
  friend bool operator==(const BootNeeds&, const BootNeeds&) = default;
};

// ---- a handover as bytes ------------------------------------------------------------------------

struct AddSubtree {
  std::string name;
  uint64_t size = 0, copies = 1;
  static constexpr std::string_view kName = "add_subtree";
  static constexpr std::string_view kDoc = "kho_add_subtree(), its blob on a page of its own.";
  static constexpr auto Fields() {
    using L = AddSubtree;
    return std::tuple(Text("name", &L::name, "the node's name"),
                      Number("size", &L::size, Kind::kSize, "what blob-size says"),
                      Optional("copies", &L::copies, Kind::kCount,
                               "how many, the further ones with a number after the name"));
  }
  void Perform(State& state) const;
  friend bool operator==(const AddSubtree&, const AddSubtree&) = default;
};

struct RemoveSubtree {
  uint64_t index = 0;
  static constexpr std::string_view kName = "remove_subtree";
  static constexpr std::string_view kDoc = "kho_remove_subtree() of one that was added.";
  static constexpr auto Fields() {
    return std::tuple(Number("index", &RemoveSubtree::index, Kind::kIndex, "which, oldest first"));
  }
  void Perform(State& state) const;
  friend bool operator==(const RemoveSubtree&, const RemoveSubtree&) = default;
};

struct PokeFdt {
  uint64_t offset = 0;
  std::string bytes;
  static constexpr std::string_view kName = "poke_fdt";
  static constexpr std::string_view kDoc =
      "Overwrites bytes of the FDT's page in what is handed over, for the next kernel to meet.";
  static constexpr auto Fields() {
    using L = PokeFdt;
    return std::tuple(
        Number("offset", &L::offset, Kind::kCount, "byte in the page, modulo its size"),
        RawBytes("bytes", &L::bytes, "what to write there"));
  }
  void Perform(State& state) const;
  friend bool operator==(const PokeFdt&, const PokeFdt&) = default;
};

struct PokeSubtree {
  uint64_t index = 0, addr = 0, size = 0;
  static constexpr std::string_view kName = "poke_subtree";
  static constexpr std::string_view kDoc =
      "Overwrites where the FDT that is handed over says a subtree's data lies.";
  static constexpr auto Fields() {
    using L = PokeSubtree;
    return std::tuple(Number("index", &L::index, Kind::kIndex, "which, in the FDT's order"),
                      Number("addr", &L::addr, Kind::kKey, "any 64 bits"),
                      Number("size", &L::size, Kind::kKey, "any 64 bits"));
  }
  void Perform(State& state) const;
  friend bool operator==(const PokeSubtree&, const PokeSubtree&) = default;
};

struct PokeScratch {
  uint64_t area = 0, addr = 0, size = 0;
  static constexpr std::string_view kName = "poke_scratch";
  static constexpr std::string_view kDoc =
      "Overwrites one area of the scratch table that is handed over.";
  static constexpr auto Fields() {
    using L = PokeScratch;
    return std::tuple(Number("area", &L::area, Kind::kIndex, "which"),
                      Number("addr", &L::addr, Kind::kKey, "any 64 bits"),
                      Number("size", &L::size, Kind::kKey, "any 64 bits"));
  }
  void Perform(State& state) const;
  friend bool operator==(const PokeScratch&, const PokeScratch&) = default;
};

struct PokeTree {
  uint64_t node = 0, slot = 0, value = 0;
  static constexpr std::string_view kName = "poke_tree";
  static constexpr std::string_view kDoc = "Overwrites a word of a tree page that is handed over.";
  static constexpr auto Fields() {
    using L = PokeTree;
    return std::tuple(Number("node", &L::node, Kind::kIndex, "which page, in walk order"),
                      Number("slot", &L::slot, Kind::kIndex, "which 8-byte word of it"),
                      Number("value", &L::value, Kind::kKey, "any 64 bits"));
  }
  void Perform(State& state) const;
  friend bool operator==(const PokeTree&, const PokeTree&) = default;
};

struct LinkTree {
  uint64_t node = 0, slot = 0, target = 0;
  static constexpr std::string_view kName = "link_tree";
  static constexpr std::string_view kDoc =
      "Makes a slot of a tree page point to another page of the tree: a cycle, or sharing.";
  static constexpr auto Fields() {
    using L = LinkTree;
    return std::tuple(Number("node", &L::node, Kind::kIndex, "which page, in walk order"),
                      Number("slot", &L::slot, Kind::kIndex, "which slot of it"),
                      Number("target", &L::target, Kind::kIndex, "the page it points to"));
  }
  void Perform(State& state) const;
  friend bool operator==(const LinkTree&, const LinkTree&) = default;
};

struct DropPage {
  uint64_t index = 0;
  static constexpr std::string_view kName = "drop_page";
  static constexpr std::string_view kDoc =
      "One page of the handover is lost: all zeroes to a kernel, not there for decode.";
  static constexpr auto Fields() {
    return std::tuple(Number("index", &DropPage::index, Kind::kIndex, "which, by address"));
  }
  void Perform(State& state) const;
  friend bool operator==(const DropPage&, const DropPage&) = default;
};

struct DecodeImage {
  static constexpr std::string_view kName = "decode";
  static constexpr std::string_view kDoc =
      "Reads what is handed over with the program's own decoder. Untouched, it says what was "
      "asked; "
      "damaged, it is refused or still makes sense.";
  static constexpr auto Fields() { return std::tuple(); }
  void Perform(State& state) const;
  friend bool operator==(const DecodeImage&, const DecodeImage&) = default;
};

}  // namespace op

// Every op. Its place here is its number in OpSet (targets.h).
using OpVariant = std::variant<
    op::Fail, op::MemblockAdd, op::MemblockRemove, op::MemblockReserve, op::MemblockFree,
    op::MemblockMark, op::MemblockSetNode, op::MemblockAlloc, op::MemblockPolicy, op::FreeRanges,
    op::EncodeKey, op::DecodeKey, op::RadixAdd, op::RadixDel, op::RadixDelNth, op::RadixWalk,
    op::RadixReopen, op::RadixDestroy, op::ParseScratch, op::ReserveScratch, op::NodesFrom,
    op::PreserveFolio, op::PreservePages, op::Unpreserve, op::Extend, op::BootAlloc, op::BootNeeds,
    op::AddSubtree, op::RemoveSubtree, op::PokeFdt, op::PokeSubtree, op::PokeScratch, op::PokeTree,
    op::LinkTree, op::DropPage, op::DecodeImage, op::BootWith, op::EarlyAlloc, op::EarlyReserve,
    op::Hugetlb, op::ReserveMem, op::EarlyPages, op::Harmless, op::Boot, op::Kexec, op::Unplug,
    op::AllocPages, op::FreePages, op::PreserveHeld, op::PreserveVmalloc, op::Restore, op::Plug,
    op::EarlyFree, op::FreeReserved, op::AllocPreserve, op::PreserveAgain, op::PreserveBlocks,
    op::PokeBlock, op::OwnTest, op::LoadCrash, op::OfflineMemory>;

// A variant whose copies and moves are compiled once: each is a switch over every op, and vectors
// of ops have many.
class Op : public OpVariant {
 public:
  template <typename Line>
    requires(!std::is_same_v<std::remove_cvref_t<Line>, Op> &&
             std::is_constructible_v<OpVariant, Line>)
  Op(Line&& line) : OpVariant(std::forward<Line>(line)) {}  // NOLINT: an op is what it holds
  Op();
  Op(const Op& other);
  Op(Op&& other) noexcept;
  Op& operator=(const Op& other);
  Op& operator=(Op&& other) noexcept;
  ~Op();

  friend bool operator==(const Op& a, const Op& b) { return a.Equals(b); }

 private:
  bool Equals(const Op& other) const;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_OPS_H_
