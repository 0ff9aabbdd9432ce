/* What outlives a machine: the first state of all variables, and room that is used again. */
#include "environment.h"

void* malloc(size_t bytes);
void free(void* p);

/* The variables of the tree and of its environment (state.lds). */
extern unsigned long kf_state_begin[] KF_HIDDEN, kf_state_end[] KF_HIDDEN;
static unsigned long* first_state KF_KEPT;

/* AddressSanitizer knows of the variables, but not that they lie in a row: the gaps between them
 * are copied too. memcpy() would be looked at, and so would what compilers make of a plain loop. */
__attribute__((no_sanitize("address", "undefined"), __noinline__)) static void copy_words(
    unsigned long* to, const unsigned long* from, size_t words) {
  for (; words >= 8; words -= 8, to += 8, from += 8) {
    for (size_t i = 0; i < 8; ++i) to[i] = from[i];
    barrier();
  }
  for (size_t i = 0; i < words; ++i) {
    to[i] = from[i];
    barrier();
  }
}

static size_t state_words(void) {
  return (size_t)((unsigned long)kf_state_end - (unsigned long)kf_state_begin) /
         sizeof(unsigned long);
}

void kf_keep_first_state(void) {
  if (first_state) return;
  first_state = malloc(state_words() * sizeof(unsigned long));
  if (!first_state) __builtin_trap();
  copy_words(first_state, kf_state_begin, state_words());
}

void kf_restore_first_state(void) { copy_words(kf_state_begin, first_state, state_words()); }

void* kf_room(enum kf_room room, size_t bytes) {
  static struct {
    void* start;
    size_t bytes;
  } rooms[KF_ROOMS] KF_KEPT;
  if (rooms[room].bytes < bytes) {
    free(rooms[room].start);
    rooms[room].start = malloc(bytes);
    rooms[room].bytes = rooms[room].start ? bytes : 0;
  }
  return rooms[room].start;
}

void* kf_zeroed_room(enum kf_room room, size_t bytes) {
  void* const start = kf_room(room, bytes);
  if (!start) __builtin_trap();
  return memset(start, 0, bytes);
}
