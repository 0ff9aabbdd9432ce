/* The tree's own calls. Its sources are compiled as for the kernel's ftrace: each function begins
 * with a call of __fentry__(), and while calls are traced its return address is replaced by that of
 * kf_return(), as function_graph does it. */
#include "environment.h"

#ifdef __x86_64__

/* What the assembly reads and calls. */
KF_HIDDEN bool kf_tracing KF_KEPT;
KF_HIDDEN void kf_return(void);
KF_HIDDEN __attribute__((used)) void kf_enter(const void* function, const uint64_t* args,
                                              void** slot) {
  kf_host->enter(kf_host->ctx, function, args, slot);
  *slot = (void*)kf_return;
}
KF_HIDDEN __attribute__((used)) void* kf_call_left(void** slot, uint64_t* answer) {
  return kf_host->leave(kf_host->ctx, slot, answer);
}

int kf_trace_calls(int on) {
  kf_tracing = on != 0;
  return 0;
}

/* __fentry__ is called where a function's arguments are still in their registers, and the stack is
 * aligned: its own return address and the function's lie on top. kf_return is returned to: it makes
 * room for the address that it goes on at. */
__asm__(
    ".pushsection .text\n"
    ".globl __fentry__\n"
    ".hidden __fentry__\n"
    ".type __fentry__, @function\n"
    "__fentry__:\n"
    "  cmpb $0, kf_tracing(%rip)\n"
    "  jne 1f\n"
    "  ret\n"
    "1: push %rax\n"
    "  push %r10\n"
    "  push %r9\n"
    "  push %r8\n"
    "  push %rcx\n"
    "  push %rdx\n"
    "  push %rsi\n"
    "  push %rdi\n"
    "  mov 64(%rsp), %rdi\n"
    "  mov %rsp, %rsi\n"
    "  lea 72(%rsp), %rdx\n"
    "  call kf_enter\n"
    "  pop %rdi\n"
    "  pop %rsi\n"
    "  pop %rdx\n"
    "  pop %rcx\n"
    "  pop %r8\n"
    "  pop %r9\n"
    "  pop %r10\n"
    "  pop %rax\n"
    "  ret\n"
    ".size __fentry__, . - __fentry__\n"
    ".globl kf_return\n"
    ".hidden kf_return\n"
    ".type kf_return, @function\n"
    "kf_return:\n"
    "  sub $8, %rsp\n"
    "  push %rdx\n"
    "  push %rax\n"
    "  lea 16(%rsp), %rdi\n"
    "  mov %rsp, %rsi\n"
    "  sub $8, %rsp\n"
    "  call kf_call_left\n"
    "  add $8, %rsp\n"
    "  mov %rax, 16(%rsp)\n"
    "  pop %rax\n"
    "  pop %rdx\n"
    "  ret\n"
    ".size kf_return, . - kf_return\n"
    ".popsection\n");

#else

int kf_trace_calls(int on) { return on ? -ENOSYS : 0; }

#endif
