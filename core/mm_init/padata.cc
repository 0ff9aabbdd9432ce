#include "core/mm_init/padata.h"

#include <algorithm>

namespace khofuzz {

uint64_t PadataWorkers(const PadataJob& job) {
  const uint64_t worth = job.pfns.size() / std::max<uint64_t>(job.min_chunk, 1);
  return std::min<uint64_t>(std::max<uint64_t>(worth, 1), std::max(job.threads, 1U));
}

std::vector<PfnRange> PadataChunks(const PadataJob& job) {
  constexpr uint64_t kChunksPerWorker = 4;
  if (job.pfns.empty()) return {};
  const uint64_t workers = PadataWorkers(job);
  if (workers == 1) return {job.pfns};
  const uint64_t align = std::max<uint64_t>(job.align, 1);
  const uint64_t share = job.pfns.size() / (workers * kChunksPerWorker);
  const uint64_t size = AlignUp(std::max({share, job.min_chunk, align}), align);
  std::vector<PfnRange> chunks;
  chunks.reserve(static_cast<size_t>(job.pfns.size() / size) + 2);
  for (Pfn at = job.pfns.begin; at < job.pfns.end; at = chunks.back().end) {
    chunks.push_back({at, std::min(Pfn{(at.value / size + 1) * size}, job.pfns.end)});
  }
  return chunks;
}

}  // namespace khofuzz
