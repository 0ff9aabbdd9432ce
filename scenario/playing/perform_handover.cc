// The ops on what lies between two kernels: the handover's bytes, and scratch extension.
#include "scenario/language/ops.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace op {

void Extend::Perform(State& state) const { state.life().Extend(); }

void PokeFdt::Perform(State& state) const { state.life().PokeFdt(offset, bytes); }

void PokeSubtree::Perform(State& state) const {
  state.life().PokeSubtree(index, {.name = "", .data = PhysAddr{addr}, .size = size});
}
void PokeScratch::Perform(State& state) const { state.life().PokeScratch(area, addr, size); }

void PokeTree::Perform(State& state) const { state.life().PokeTree(node, slot, value); }

void LinkTree::Perform(State& state) const { state.life().LinkTree(node, slot, target); }

void DropPage::Perform(State& state) const { state.life().DropPage(index); }

void DecodeImage::Perform(State& state) const { state.life().Decode(); }

}  // namespace op
}  // namespace khofuzz
