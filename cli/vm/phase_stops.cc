#include "cli/vm/phase_stops.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <sstream>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/capture/memblock_dump.h"
#include "core/designs/design.h"
#include "core/handover/fdt.h"
#include "core/radix/shape.h"
#include "core/sizes.h"

namespace khofuzz {
namespace {

constexpr double kStubSeconds = 20;
// What QEMU answers in one packet.
constexpr size_t kReadMost = 1024;
// Of x86-64's registers, as the stub tells them, the 17th.
constexpr size_t kRipAt = 16 * 8;

// struct memblock and struct memblock_type of a 64-bit NUMA kernel, in bytes: bottom_up and
// current_limit stand before the two arrays; each has cnt, max, total_size, regions, name.
constexpr size_t kTypesAt = 16;
constexpr size_t kTypeBytes = 40;
// Each takes some milliseconds. A page of the tree has keys for 128 MiB of single pages.
constexpr size_t kMostTreePages = 2048;

uint64_t Little(std::string_view bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    value |= uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return value;
}

bool IsHex(std::string_view text) {
  return text.size() % 2 == 0 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

absl::Status NotUnderstood(std::string_view answer) {
  return absl::InternalError(
      absl::StrCat("QEMU's gdb stub says what is not understood: ", std::string(answer)));
}

}  // namespace

KernelSymbols SymbolsOf(std::string_view system_map) {
  KernelSymbols symbols;
  std::istringstream lines{std::string(system_map)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string address, type, name;
    words >> address >> type >> name;
    uint64_t value = 0;
    const auto read = std::from_chars(address.data(), address.data() + address.size(), value, 16);
    if (name.empty() || read.ptr != address.data() + address.size()) continue;
    symbols.emplace(std::move(name), value);
  }
  return symbols;
}

absl::StatusOr<PhaseStops> PhaseStops::Begin(GuestChannel* stub, const KernelSymbols& symbols) {
  PhaseStops stops(stub, symbols);
  for (const char* const needed : {"memblock", "memblock_free_all"}) {
    if (const auto there = stops.Symbol(needed); !there.ok()) return there.status();
  }
  for (const PhaseStop& stop : kPhaseStops) {
    const auto at = symbols.find(stop.function);
    if (at == symbols.end()) continue;
    stops.stops_.emplace(at->second, &stop);
    if (const absl::Status set = stops.Set(at->second, true); !set.ok()) return set;
  }
  if (const absl::Status runs = stops.Send("c"); !runs.ok()) return runs;
  return stops;
}

absl::Status PhaseStops::Serve() {
  auto said = stub_->Read(kStubSeconds);
  if (!said.ok()) return said.status();
  unread_ += *said;
  // It may be no more than the receipt for what was asked last.
  const std::optional<std::string> stopped = Packet();
  if (!stopped.has_value()) return absl::OkStatus();
  if (const absl::Status taken = stub_->Write("+"); !taken.ok()) return taken;
  if (absl::StartsWith(*stopped, "W") || absl::StartsWith(*stopped, "X")) {
    return absl::UnavailableError("the machine went off");
  }
  const auto at = InstructionPointer();
  if (!at.ok()) return at.status();
  const auto found = stops_.find(*at);
  if (found == stops_.end()) return Send("c");
  const PhaseStop& stop = *found->second;
  const std::string name(stop.name);
  auto text = Memblock(absl::StrCat("k", kernel_, ".", name));
  if (!text.ok()) return text.status();
  memblocks_.push_back({kernel_, name, *std::move(text)});
  if (stop.function == "kho_memory_init") {
    auto tree = Tree();
    if (tree.ok()) {
      if (tree->has_value()) trees_.push_back(**std::move(tree));
    } else if (absl::IsUnavailable(tree.status())) {
      return tree.status();
    } else if (why_no_tree_.empty()) {
      why_no_tree_ = absl::StrCat("kernel ", kernel_, ": ", std::string(tree.status().message()));
    }
  }
  // A breakpoint that is there stops again before anything is done.
  absl::Status status = Set(*at, false);
  const bool last = stop.function == "memblock_free_all";
  if (stop.name != "before_extend") {
    if (status.ok()) status = Ask("s").status();
    if (status.ok()) status = Set(*at, true);
  }
  if (last) {
    ++kernel_;
    for (const auto& [address, one] : stops_) {
      if (status.ok() && one->name == "before_extend") status = Set(address, true);
    }
  }
  return status.ok() ? Send("c") : status;
}

absl::Status PhaseStops::Send(std::string_view packet) {
  unsigned sum = 0;
  for (const char c : packet) sum += static_cast<unsigned char>(c);
  return stub_->Write(absl::StrFormat("$%s#%02x", std::string(packet), sum & 0xff));
}

std::optional<std::string> PhaseStops::Packet() {
  const size_t begin = unread_.find('$');
  const size_t end = begin == std::string::npos ? begin : unread_.find('#', begin);
  if (end == std::string::npos || end + 3 > unread_.size()) return std::nullopt;
  std::string packet = unread_.substr(begin + 1, end - begin - 1);
  unread_.erase(0, end + 3);
  return packet;
}

absl::StatusOr<std::string> PhaseStops::Receive() {
  for (;;) {
    if (std::optional<std::string> packet = Packet(); packet.has_value()) {
      if (const absl::Status taken = stub_->Write("+"); !taken.ok()) return taken;
      return *std::move(packet);
    }
    auto more = stub_->Read(kStubSeconds);
    if (!more.ok()) return more.status();
    unread_ += *more;
  }
}

absl::StatusOr<std::string> PhaseStops::Ask(std::string_view packet) {
  if (const absl::Status sent = Send(packet); !sent.ok()) return sent;
  return Receive();
}

absl::Status PhaseStops::Set(uint64_t address, bool on) {
  const auto answer = Ask(absl::StrFormat("%c1,%x,1", on ? 'Z' : 'z', address));
  if (!answer.ok()) return answer.status();
  if (*answer == "OK") return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrFormat("QEMU's gdb stub sets no breakpoint at 0x%x: %s", address, *answer));
}

absl::StatusOr<std::string> PhaseStops::ReadMemory(uint64_t address, size_t bytes) {
  std::string all;
  while (all.size() < bytes) {
    const size_t part = std::min(kReadMost, bytes - all.size());
    const auto answer = Ask(absl::StrFormat("m%x,%x", address + all.size(), part));
    if (!answer.ok()) return answer.status();
    if (answer->size() != 2 * part || !IsHex(*answer)) return NotUnderstood(*answer);
    all += absl::HexStringToBytes(*answer);
  }
  return all;
}

absl::StatusOr<uint64_t> PhaseStops::InstructionPointer() {
  const auto answer = Ask("g");
  if (!answer.ok()) return answer.status();
  if (answer->size() < 2 * (kRipAt + 8) || !IsHex(answer->substr(0, 2 * (kRipAt + 8)))) {
    return NotUnderstood(*answer);
  }
  return Little(absl::HexStringToBytes(answer->substr(2 * kRipAt, 16)), 0, 8);
}

absl::StatusOr<uint64_t> PhaseStops::Symbol(std::string_view name) const {
  const auto found = symbols_.find(name);
  if (found != symbols_.end()) return found->second;
  return absl::FailedPreconditionError(
      absl::StrCat("the kernel's System.map has no ", std::string(name)));
}

absl::StatusOr<std::optional<TreeSeen>> PhaseStops::Tree() {
  const auto kho_in = Symbol("kho_in");
  const auto direct_map = Symbol("page_offset_base");
  if (!kho_in.ok()) return kho_in.status();
  if (!direct_map.ok()) return direct_map.status();
  // Its first member is the FDT's address.
  const auto fdt_phys = ReadMemory(*kho_in, 8);
  if (!fdt_phys.ok()) return fdt_phys.status();
  if (Little(*fdt_phys, 0, 8) == 0) return std::nullopt;
  const auto base = ReadMemory(*direct_map, 8);
  if (!base.ok()) return base.status();
  const auto page_at = [&](uint64_t phys) {
    return ReadMemory(Little(*base, 0, 8) + phys, kPage4K);
  };
  const auto page = page_at(Little(*fdt_phys, 0, 8));
  if (!page.ok()) return page.status();
  const auto fdt =
      ParseKhoFdt(std::span(reinterpret_cast<const uint8_t*>(page->data()), page->size()));
  if (!fdt.ok()) return fdt.status();
  const RadixShape shape(12, Design());
  TreeSeen tree{.kernel = kernel_, .index = {}, .pages = {}};
  std::vector<std::pair<uint64_t, unsigned>> ahead = {{fdt->memory_map.value, shape.depth() - 1}};
  for (size_t i = 0; !ahead.empty(); ++i) {
    const auto [phys, level] = ahead.back();
    ahead.pop_back();
    if (i == kMostTreePages) {
      return absl::ResourceExhaustedError(
          absl::StrCat("the tree has more than ", kMostTreePages, " pages"));
    }
    const auto node = page_at(phys);
    if (!node.ok()) return node.status();
    absl::StrAppendFormat(&tree.index, "%d 0x%x %d\n", i, phys, level);
    tree.pages += *node;
    // Depth first, from the lowest entry.
    for (size_t at = kPage4K; level > 0 && at > 0; at -= 8) {
      const uint64_t entry = Little(*node, at - 8, 8);
      if (entry != 0) ahead.emplace_back(entry, level - 1);
    }
  }
  return tree;
}

absl::StatusOr<std::string> PhaseStops::Memblock(std::string_view label) {
  const auto memblock = Symbol("memblock");
  if (!memblock.ok()) return memblock.status();
  const auto head = ReadMemory(*memblock, kTypesAt + 2 * kTypeBytes);
  if (!head.ok()) return head.status();
  MemblockDump dump;
  dump.label = std::string(label);
  dump.bottom_up = (*head)[0] != 0;
  MemblockArrayDump* array = &dump.memory;
  for (size_t at = kTypesAt; at < head->size(); at += kTypeBytes, array = &dump.reserved) {
    const uint64_t count = Little(*head, at, 8);
    array->max = Little(*head, at + 8, 8);
    array->total_size = Little(*head, at + 16, 8);
    if (count > kMaxMemblockEntries) {
      return absl::InternalError(absl::StrCat("memblock has ", count, " regions: not as expected"));
    }
    const auto regions = ReadMemory(Little(*head, at + 24, 8), count * kMemblockRegionBytes);
    if (!regions.ok()) return regions.status();
    for (size_t i = 0; i < regions->size(); i += kMemblockRegionBytes) {
      const MemblockRegion region = {
          .base = PhysAddr{Little(*regions, i, 8)},
          .size = Little(*regions, i + 8, 8),
          .flags = static_cast<MemblockFlags>(Little(*regions, i + 16, 4)),
          .nid = static_cast<NodeId>(static_cast<int32_t>(Little(*regions, i + 20, 4)))};
      // An empty array has one.
      if (region.size != 0) array->regions.push_back(region);
    }
  }
  return FormatMemblockDump(dump);
}

}  // namespace khofuzz
