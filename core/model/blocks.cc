// kho_block sets: entries of drivers in a chain of preserved pages.
//
// Mirrors kernel/liveupdate/kho_block.c (Linux 7.3), but that a chain is followed only where a
// block was handed over. The object that a kernel keeps for each block takes a page here.
#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "core/designs/quirks.h"
#include "core/model/model_kernel.h"
#include "core/preserve/block_set.h"

namespace khofuzz {

absl::StatusOr<PfnRange> ModelKernel::NewBlockObject(size_t blocks) {
  if (blocks == kMaxBlocksInSet) {
    return absl::ResourceExhaustedError("a set has no more blocks");
  }
  if (faults_ != nullptr && faults_->Next(FaultSite::kPageAlloc)) {
    return absl::ResourceExhaustedError("a block's object was refused by request");
  }
  const auto object = TakePages({}, "kho_block_add");
  if (!object.has_value()) return absl::ResourceExhaustedError("no page is left for a block");
  return *object;
}

absl::Status ModelKernel::GrowBlocks(std::vector<Block>& set) {
  const auto page = AllocPreserve(0);
  if (!page.ok()) return page.status();
  const auto object = NewBlockObject(set.size());
  if (!object.ok()) {
    UnpreserveFree(page->begin, 0);
    return object.status();
  }
  const PhysAddr addr = geometry_.ToAddr(page->begin);
  ram_->BackZeroed(addr);
  if (!set.empty()) ram_->Write(set.back().page, kBlockNext, addr.value);
  set.push_back({addr, *object});
  return absl::OkStatus();
}

void ModelKernel::ShrinkBlocks(std::vector<Block>& set) {
  const Block last = set.back();
  set.pop_back();
  ram_->Drop(last.page);
  UnpreserveFree(geometry_.PfnDown(last.page), 0);
  buddy_.FreeRange(last.object, "kfree");
  if (!set.empty()) ram_->Write(set.back().page, kBlockNext, 0);
}

absl::StatusOr<std::vector<PhysAddr>> ModelKernel::PreserveBlocks(uint64_t entry_bytes,
                                                                  std::span<const uint8_t> entries,
                                                                  uint64_t spare) {
  const uint64_t in_block = EntriesInBlock(geometry_.page_size(), entry_bytes);
  const uint64_t count = entries.size() / entry_bytes;
  std::vector<Block> set;
  while (count + spare > set.size() * in_block) {
    const absl::Status grown = GrowBlocks(set);
    if (grown.ok()) continue;
    while (!set.empty()) ShrinkBlocks(set);
    return grown;
  }
  while (count <= (set.size() - 1) * in_block) ShrinkBlocks(set);
  std::vector<PhysAddr> pages;
  for (const Block& block : set) {
    const uint64_t bytes = std::min<uint64_t>(entries.size(), in_block * entry_bytes);
    ram_->Write(block.page, kBlockCount, bytes / entry_bytes);
    std::ranges::copy(entries.first(bytes),
                      ram_->BytesToWrite(block.page).begin() + kBlockHeaderBytes);
    entries = entries.subspan(bytes);
    pages.push_back(block.page);
  }
  block_sets_.push_back(std::move(set));
  return pages;
}

void ModelKernel::UnpreserveBlocks(PhysAddr head) {
  const auto set = std::ranges::find_if(block_sets_, [head](const std::vector<Block>& blocks) {
    return blocks.front().page == head;
  });
  if (set == block_sets_.end()) return;
  while (!set->empty()) ShrinkBlocks(*set);
  block_sets_.erase(set);
}

// A page that was handed over by itself and is still to be restored.
bool ModelKernel::IsHandedBlock(PhysAddr page) const {
  return page.value % geometry_.page_size() == 0 &&
         memmap_.MagicOrder(geometry_.PfnDown(page)) == 0u && ram_->Words(page) != nullptr;
}

absl::StatusOr<std::vector<PhysAddr>> ModelKernel::BlockChain(PhysAddr head) {
  std::vector<PhysAddr> chain;
  absl::flat_hash_set<PhysAddr> seen;
  for (PhysAddr at = head; at.value != 0; at = PhysAddr{ram_->Words(at)[kBlockNext]}) {
    if (!IsHandedBlock(at)) {
      const std::string where = absl::StrCat("0x", absl::Hex(at.value));
      if (design_.Has(Quirk::kBlockChainTrusted)) {
        stopped_ = absl::StrCat("kho_block_set_restore() follows a chain to ", where,
                                ", where no block was handed over: it reads what lies there");
      }
      return absl::InvalidArgumentError(
          absl::StrCat("the chain leads to ", where, ", where no block was handed over"));
    }
    if (chain.size() == kLongestChain || !seen.insert(at).second) {
      return absl::InvalidArgumentError("the chain has no end");
    }
    chain.push_back(at);
  }
  return chain;
}

absl::StatusOr<std::vector<uint8_t>> ModelKernel::RestoreBlocks(PhysAddr head, uint64_t entry_bytes,
                                                                uint64_t most_bytes) {
  const auto chain = BlockChain(head);
  if (!chain.ok()) return chain.status();
  const uint64_t in_block = EntriesInBlock(geometry_.page_size(), entry_bytes);
  std::vector<PfnRange> objects;
  std::vector<uint8_t> entries;
  absl::Status status;
  for (const PhysAddr block : *chain) {
    const uint64_t count = ram_->Words(block)[kBlockCount];
    if (count == 0 || count > in_block) {
      status = absl::InvalidArgumentError(absl::StrCat(
          "a block says that it has ", count, " entries, where there is room for ", in_block));
      break;
    }
    const auto object = NewBlockObject(objects.size());
    if (!object.ok()) {
      status = object.status();
      break;
    }
    objects.push_back(*object);
    const std::span<const uint8_t> bytes =
        ram_->Bytes(block).subspan(kBlockHeaderBytes, count * entry_bytes);
    entries.insert(entries.end(), bytes.begin(), bytes.end());
  }
  for (const PhysAddr block : *chain) {
    RestoreFree(geometry_.PfnDown(block));
    ram_->Drop(block);
  }
  for (const PfnRange& object : objects) buddy_.FreeRange(object, "kfree");
  if (!status.ok()) return status;
  if (entries.size() > most_bytes) return absl::DataLossError("there are more entries");
  return entries;
}

}  // namespace khofuzz
