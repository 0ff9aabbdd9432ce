// kho_block sets, beside the shadow: what was written is read back, and a chain that was damaged on
// its way is refused without anything being read that is no block.
#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "core/memmap/nodes.h"
#include "core/preserve/block_set.h"
#include "core/splitmix.h"
#include "oracle/describe.h"
#include "scenario/language/choices.h"
#include "scenario/language/limits.h"
#include "scenario/playing/life.h"

namespace khofuzz {
namespace {

uint64_t Word(std::span<const uint8_t> block, size_t n) {
  uint64_t value = 0;
  std::memcpy(&value, block.data() + n * sizeof(value), sizeof(value));
  return value;
}

void SetWord(std::span<uint8_t> block, size_t n, uint64_t value) {
  std::memcpy(block.data() + n * sizeof(value), &value, sizeof(value));
}

// Other bytes for each set, so that an entry of another is not taken for its own.
std::vector<uint8_t> NewEntries(uint64_t bytes, uint64_t seed) {
  // Whole words, copied by as many bytes each time: there may be millions of them.
  std::vector<uint8_t> entries(AlignUp(bytes, sizeof(uint64_t)));
  for (size_t i = 0; i < entries.size(); i += sizeof(uint64_t)) {
    const uint64_t word = SplitMix64(seed);
    std::memcpy(&entries[i], &word, sizeof(word));
  }
  entries.resize(bytes);
  return entries;
}

}  // namespace

// Pages that are free or nodes of the outgoing tree, which may stay behind empty.
uint64_t Life::Unused() const {
  uint64_t pages = kernel_->OutgoingNodes().size();
  kernel_->ForEachRun({Pfn{0}, kNothingDeferred},
                      [&pages](const PageRun& run) { pages += run.free ? run.pfns.size() : 0; });
  return pages;
}

void Life::PreserveNewBlocks(uint64_t entries, uint64_t entry_bytes, uint64_t spare) {
  Kernel* kernel = Running();
  if (kernel == nullptr || LacksFunctionsFor(Handed::kBlocks)) return;
  const auto is_set = [](const Item& item) { return item.what == Item::What::kBlocks; };
  if (static_cast<uint64_t>(std::ranges::count_if(outgoing_, is_set)) == kMaxBlockSets) {
    return outcome_->NoEffect(kMaxBlockSets, " block sets are preserved: the most");
  }
  // One block more than a set may have, or than there are pages for, shows that it is refused.
  const uint64_t unused = Unused();
  const uint64_t most = (std::min<uint64_t>(kMaxBlocksInSet, unused) + 1) *
                        EntriesInBlock(machine_->geometry.page_size(), entry_bytes);
  const uint64_t fits = std::min(entries, most);
  if (fits != entries) outcome_->Cut(entries, " entries to ", fits);
  Item item{.what = Item::What::kBlocks, .entry_bytes = entry_bytes};
  item.entries = NewEntries(fits * entry_bytes, report_->op() + 1);
  Calls("kho_block_set_grow");
  const auto blocks =
      kernel->PreserveBlocks(entry_bytes, item.entries, std::min(spare, most - fits));
  if (!blocks.ok()) {
    if (!kernel->stopped().empty()) return;
    if (absl::IsDataLoss(blocks.status())) {
      return Fail(Invariant::kRoundTrip, std::string(blocks.status().message()));
    }
    Refused(blocks.status());
    CheckOutgoing(Invariant::kUndo, "a block set that could not grow");
    if (const uint64_t now = Unused(); now != unused) {
      Fail(Invariant::kUndo,
           absl::StrCat("a block set that could not grow keeps ", unused - now, " pages"));
    }
    return watch_->CheckAfterOp();
  }
  item.cost = unused - Unused();
  for (const PhysAddr block : *blocks) {
    const Pfn pfn = machine_->geometry.PfnDown(block);
    item.pages.push_back({pfn, pfn + 1});
  }
  CheckBlocks(item, *blocks);
  if (report_->ok()) Preserved(std::move(item), absl::OkStatus());
  watch_->CheckAfterOp();
}

// What is handed over is in memory now: each block says where the next one is.
void Life::CheckBlocks(const Item& item, std::span<const PhysAddr> blocks) {
  report_->Premise(Invariant::kRoundTrip);
  const uint64_t in_block = EntriesInBlock(machine_->geometry.page_size(), item.entry_bytes);
  const uint64_t count = item.entries.size() / item.entry_bytes;
  const uint64_t expected = (count + in_block - 1) / in_block;
  if (blocks.size() != expected) {
    return Fail(Invariant::kRoundTrip, absl::StrCat("a set of ", count, " entries has ",
                                                    blocks.size(), " blocks, expected ", expected));
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    const std::span<const uint8_t> block = Read(blocks[i]);
    const uint64_t next = i + 1 < blocks.size() ? blocks[i + 1].value : 0;
    const uint64_t held = std::min(in_block, count - i * in_block);
    const auto fail = [&](std::string what) {
      Fail(Invariant::kRoundTrip,
           absl::StrCat("block ", i, " of ", blocks.size(), " of a set, ", Describe(blocks[i]),
                        ", ", what),
           item.pages[i]);
    };
    if (block.empty()) return fail("is not in memory");
    if (Word(block, kBlockNext) != next) {
      return fail(absl::StrCat("names 0x", absl::Hex(Word(block, kBlockNext)),
                               " as the next one, expected 0x", absl::Hex(next)));
    }
    if (Word(block, kBlockCount) != held) {
      return fail(
          absl::StrCat("says that it has ", Word(block, kBlockCount), " entries, expected ", held));
    }
    const auto written =
        item.entries.begin() + static_cast<std::ptrdiff_t>(i * in_block * item.entry_bytes);
    if (!std::equal(written, written + static_cast<std::ptrdiff_t>(held * item.entry_bytes),
                    block.begin() + kBlockHeaderBytes)) {
      return fail("does not hold what was written");
    }
  }
}

void Life::UnpreserveBlocks(const Item& item) {
  const uint64_t unused = Unused();
  Calls("kho_block_set_destroy");
  kernel_->UnpreserveBlocks(machine_->geometry.ToAddr(item.pages.front().begin));
  if (!kernel_->stopped().empty()) return;
  Say(item.pages.front());
  CheckOutgoing(Invariant::kTreeIsSet, "destroying a block set");
  for (const PfnRange& block : item.pages) CheckFreed(block, "kho_block_set_destroy");
  if (const uint64_t now = Unused(); report_->ok() && now != unused + item.cost) {
    Fail(Invariant::kUndo, absl::StrCat("a block set has taken ", item.cost,
                                        " pages, and gives back ", now - unused));
  }
  watch_->CheckAfterOp();
}

void Life::PokeBlock(uint64_t index, uint64_t block, uint64_t what, uint64_t value) {
  if (!HandOver()) return;
  std::vector<Item*> sets;
  std::vector<PfnRange> all;
  for (Item& item : incoming_) {
    if (item.what != Item::What::kBlocks) continue;
    sets.push_back(&item);
    all.insert(all.end(), item.pages.begin(), item.pages.end());
  }
  if (sets.empty()) return outcome_->NoEffect("no block set is handed over");
  Item& item = *sets[index % sets.size()];
  const Geometry& g = machine_->geometry;
  const PhysAddr page = g.ToAddr(item.pages[block % item.pages.size()].begin);
  const std::span<uint8_t> bytes = Bytes(page);
  if (bytes.empty()) return outcome_->NoEffect("the block is not in memory");
  constexpr uint64_t kCount = 1;
  constexpr uint64_t kLink = 2;
  uint64_t word = value;
  if (what == kLink) word = g.ToAddr(all[value % all.size()].begin).value;
  if (what == kCount) word = value % (2 * EntriesInBlock(g.page_size(), item.entry_bytes) + 1);
  item.damaged = true;
  SetWord(bytes, what == kCount ? kBlockCount : kBlockNext, word);
  if (outcome_->telling()) {
    outcome_->Say(what == kCount ? "the count" : "the next one", " of block ", Describe(page),
                  " becomes 0x", absl::Hex(word));
  }
}

Life::Chain Life::FollowChain(const Item& item) {
  const Geometry& g = machine_->geometry;
  absl::flat_hash_set<Pfn> sets;
  for (const Item& other : incoming_) {
    if (other.what != Item::What::kBlocks) continue;
    for (const PfnRange& block : other.pages) sets.insert(block.begin);
  }
  Chain chain;
  const uint64_t in_block = EntriesInBlock(g.page_size(), item.entry_bytes);
  absl::flat_hash_set<Pfn> seen;
  for (PhysAddr at = g.ToAddr(item.pages.front().begin); at.value != 0;) {
    const Pfn pfn = g.PfnDown(at);
    const auto ends = [&chain](Chain::End how) {
      chain.end = how;
      return chain;
    };
    if (at != g.ToAddr(pfn) || kernel_->MagicOrder(pfn) != 0u) return ends(Chain::End::kStray);
    if (!sets.contains(pfn)) return ends(Chain::End::kOthers);
    if (chain.blocks.size() == kLongestChain || !seen.insert(pfn).second) {
      return ends(Chain::End::kCircle);
    }
    const std::span<const uint8_t> block = Read(at);
    if (block.empty()) return ends(Chain::End::kOthers);
    chain.blocks.push_back(pfn);
    at = PhysAddr{Word(block, kBlockNext)};
    if (chain.end != Chain::End::kGood) continue;
    const uint64_t count = Word(block, kBlockCount);
    if (count == 0 || count > in_block) {
      chain.end = Chain::End::kBadCount;
    } else if (chain.blocks.size() > kMaxBlocksInSet) {
      chain.end = Chain::End::kTooLong;
    } else {
      const auto entries = block.subspan(kBlockHeaderBytes, count * item.entry_bytes);
      chain.entries.insert(chain.entries.end(), entries.begin(), entries.end());
    }
  }
  return chain;
}

void Life::RestoreBlocks(Item& item) {
  if (item.restored) return outcome_->NoEffect("the set was restored before, and its blocks freed");
  if (!IsMemory(item)) return outcome_->NoEffect("its memory is gone, and nobody asks for it");
  const bool damaged = std::ranges::any_of(incoming_, &Item::damaged);
  const Chain chain = FollowChain(item);
  if (chain.end == Chain::End::kOthers) {
    return outcome_->NoEffect(
        "its chain leads to what was handed over as something else: nobody can say what is read");
  }
  Say(item.pages.front());
  const bool good = chain.end == Chain::End::kGood;
  const Invariant invariant = damaged ? Invariant::kDamageContained : Invariant::kRoundTrip;
  report_->Premise(invariant);
  if (!damaged && (!good || chain.entries != item.entries)) {
    return Fail(invariant, "a block set is not in memory as it was handed over",
                item.pages.front());
  }
  const uint64_t unused = Unused();
  const uint64_t faulted = faults_->hits();
  std::vector<PfnRange> blocks;
  for (const Pfn pfn : chain.blocks) blocks.push_back({pfn, pfn + 1});
  watch_->AllowFree(blocks);
  Calls("kho_block_set_restore");
  const auto got = kernel_->RestoreBlocks(machine_->geometry.ToAddr(item.pages.front().begin),
                                          item.entry_bytes, chain.entries.size());
  if (!kernel_->stopped().empty()) {
    if (!good) {
      Fail(invariant,
           absl::StrCat("a damaged chain stops the kernel: ", std::string(kernel_->stopped())),
           item.pages.front());
    }
    return;
  }
  CheckBlocksGone(item, chain, unused);
  item.restored = kernel_->MagicOrder(item.pages.front().begin) != 0u;
  if (!report_->ok()) return;
  if (absl::IsDataLoss(got.status())) {
    Fail(invariant, "reading a block set goes on behind what its blocks hold", item.pages.front());
  } else if (!got.ok()) {
    Refused(got.status());
    if (good && faults_->hits() == faulted && !absl::IsResourceExhausted(got.status())) {
      Fail(invariant,
           absl::StrCat("a block set was handed over and is refused: ",
                        std::string(got.status().message())),
           item.pages.front());
    }
  } else if (!good) {
    Fail(invariant, "a block set whose chain is damaged is taken for good", item.pages.front());
  } else if (*got != chain.entries) {
    const size_t same =
        static_cast<size_t>(std::ranges::mismatch(*got, chain.entries).in1 - got->begin());
    Fail(invariant,
         absl::StrCat("a block set gives ", got->size() / item.entry_bytes, " entries where ",
                      chain.entries.size() / item.entry_bytes, " were written, the first ",
                      same / item.entry_bytes, " of them right"),
         item.pages.front());
  } else {
    outcome_->Say(got->size() / item.entry_bytes, " entries");
  }
  watch_->CheckAfterOp();
}

// Its blocks are free, and so is all that was taken to restore them. Of a chain without an end, or
// that leads astray, blocks may also go on waiting.
void Life::CheckBlocksGone(const Item& item, const Chain& chain, uint64_t unused) {
  const bool ends = chain.end != Chain::End::kCircle && chain.end != Chain::End::kStray;
  uint64_t gone = 0;
  for (const Pfn pfn : chain.blocks) {
    const PfnRange block{pfn, pfn + 1};
    if (kernel_->MagicOrder(pfn).has_value()) {
      watch_->ForbidFree({&block, 1});
      if (!ends) continue;
      return Fail(
          Invariant::kUndo,
          absl::StrCat("of a block set's chain ", Describe(machine_->geometry.ToAddr(block)),
                       " is neither restored nor freed, and nobody knows of it any more"),
          block);
    }
    ++gone;
    watch_->OnHeadRestored(pfn);
    CheckFreed(block, "kho_block_set_destroy");
  }
  if (const uint64_t now = Unused(); report_->ok() && now != unused + gone) {
    Fail(Invariant::kUndo,
         absl::StrCat("restoring a block set frees its ", gone, " blocks, and keeps ",
                      unused + gone - now, " pages more"),
         item.pages.front());
  }
}

}  // namespace khofuzz
