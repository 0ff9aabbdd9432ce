#include "cli/vm/draw.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/geometry.h"
#include "scenario/language/machine.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

constexpr uint64_t kSectionMb = 128;
constexpr uint64_t kFourGb = 4;

class Drawer {
 public:
  explicit Drawer(Rng& rng) : rng_(rng) {}

  std::string Draw() {
    text_ = Print(GeometryLineFor(X86Geometry())) + "\n";
    DrawMachine();
    absl::StrAppend(&text_, "boot_with scratch=\"", DrawScratch(), "\"\n");
    if (rng_.OneIn(3)) DrawReserveMem();
    const uint64_t kexecs = rng_.Between(1, 3);
    for (uint64_t kernel = 0; kernel <= kexecs; ++kernel) {
      DrawRestores();
      if (kernel == kexecs) break;
      DrawPreservations();
      absl::StrAppend(&text_, "kexec\n");
      DrawNextBoot();
      // What was handed over is the next kernel's; what was not restored is lost with it.
      inherited_ = std::exchange(preserved_, 0);
    }
    absl::StrAppend(&text_, "boot\n");
    return std::move(text_);
  }

 private:
  void Bank(uint64_t begin_mb, uint64_t end_mb, uint64_t nid) {
    absl::StrAppend(&text_, "memory base=", begin_mb, "M size=", end_mb - begin_mb, "M",
                    nid == 0 ? "" : absl::StrCat(" nid=", nid), "\n");
  }

  void DrawMachine() {
    uint64_t at = 0;
    const uint64_t nodes = rng_.Between(1, 2);
    const bool high = rng_.OneIn(4);
    for (uint64_t nid = 0; nid < nodes; ++nid) {
      const uint64_t size = rng_.Between(nid == 0 ? 4 : 2, 8) * kSectionMb;
      const bool last = nid + 1 == nodes;
      if (last && rng_.OneIn(4)) {
        // A section of it is not there.
        const uint64_t hole = at + rng_.Between(1, size / kSectionMb - 1) * kSectionMb;
        Bank(at, hole, nid);
        Bank(hole + kSectionMb, at + size + kSectionMb, nid);
        at += size + kSectionMb;
      } else {
        Bank(at, at + size, nid);
        at += size;
      }
      if (!last || !high) continue;
      const uint64_t begin = kFourGb << 10;
      Bank(begin, begin + rng_.Between(8, 24) * kSectionMb, nid);
      gigantic_ = true;
    }
    low_mb_ = at;
  }

  // Not the default, nor a percentage: those are of what the kernel has reserved for itself, which
  // nobody but the booted kernel knows.
  std::string DrawScratch() {
    const auto size = [&] { return absl::StrCat(rng_.Between(4, 24) * 4, "M"); };
    switch (rng_.Below(4)) {
      case 0:
        return absl::StrCat(size(), ",0,", size());
      case 1:
        return absl::StrCat(size(), ",", size(), ",0");
      default:
        return absl::StrCat(size(), ",", size(), ",", size());
    }
  }

  // Whole pages: what lies before the end of its last page only is not preserved, and where
  // memblock puts an area of a smaller alignment nobody but the booted kernel knows.
  void DrawReserveMem() {
    absl::StrAppend(&text_, "reserve_mem size=", rng_.Between(1, 64) * 4,
                    "K align=4K name=", rng_.Below(3), "\n");
  }

  void DrawNextBoot() {
    if (rng_.OneIn(6)) DrawReserveMem();
    if (gigantic_ && rng_.OneIn(3)) absl::StrAppend(&text_, "hugetlb order=18 count=1\n");
  }

  // Where to look first: above what every kernel has for itself.
  uint64_t DrawPfn() {
    constexpr uint64_t kPagesPerMb = 256;
    return rng_.Between(128, low_mb_ - 1) * kPagesPerMb + rng_.Below(kPagesPerMb);
  }

  void DrawPreservations() {
    for (uint64_t n = rng_.Between(1, 4); n-- > 0;) {
      switch (rng_.Below(4)) {
        case 0:
          absl::StrAppend(&text_, "preserve_folio pfn=", DrawPfn(), " order=", rng_.Below(10),
                          "\n");
          break;
        case 1:
          absl::StrAppend(&text_, "preserve_vmalloc pfn=", DrawPfn(), " nr=", rng_.Between(1, 40),
                          "\n");
          break;
        default:
          absl::StrAppend(&text_, "preserve_pages pfn=", DrawPfn(), " nr=", rng_.Between(1, 5000),
                          "\n");
      }
      ++preserved_;
    }
    if (rng_.OneIn(5)) {
      absl::StrAppend(&text_, "unpreserve index=", rng_.Below(preserved_), "\n");
      --preserved_;
    }
  }

  void DrawRestores() {
    for (uint64_t i = 0; i < inherited_; ++i) {
      if (!rng_.OneIn(4)) absl::StrAppend(&text_, "restore index=", i, "\n");
    }
  }

  Rng& rng_;
  std::string text_;
  uint64_t low_mb_ = 0;
  bool gigantic_ = false;
  uint64_t preserved_ = 0, inherited_ = 0;
};

}  // namespace

std::string DrawBootable(Rng& rng) { return Drawer(rng).Draw(); }

}  // namespace khofuzz
