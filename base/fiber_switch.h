/* fiber_switch.h - one stack is left, another entered. SPDX-License-Identifier: Apache-2.0
 * Only fiber.c includes this. A context is a saved stack pointer, below it the registers that a function must keep. */
#ifndef WEIR_BASE_FIBER_SWITCH_H
#define WEIR_BASE_FIBER_SWITCH_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__) && !defined(WEIR_FIBER_UCONTEXT)

typedef struct fiber_context {
    void *sp;
} fiber_context;

void weir__fiber_switch(void **from, void *to);
__asm__(".text\n"
        ".globl weir__fiber_switch\n"
        ".hidden weir__fiber_switch\n"
        ".type weir__fiber_switch, @function\n"
        "weir__fiber_switch:\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    subq $8, %rsp\n"
        "    stmxcsr (%rsp)\n"
        "    fnstcw 4(%rsp)\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    ldmxcsr (%rsp)\n"
        "    fldcw 4(%rsp)\n"
        "    addq $8, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    retq\n"
        ".size weir__fiber_switch, .-weir__fiber_switch\n");

/* A stack on which weir__fiber_switch returns into entry; above it a return address that leads nowhere. */
static inline void fiber_prepare(fiber_context *c, char *stack, size_t size, void (*entry)(void))
{
    enum { SAVED = 6 };
    uint64_t *top = (uint64_t *)(void *)(stack + size);
    uint32_t mxcsr;
    uint16_t control;
    *--top = 0;
    *--top = (uint64_t)(uintptr_t)entry;
    for (int i = 0; i < SAVED; i++)
        *--top = 0;
    __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
    __asm__ volatile("fnstcw %0" : "=m"(control));
    *--top = (uint64_t)control << 32 | mxcsr;
    c->sp = top;
}

static inline void fiber_jump(fiber_context *from, fiber_context *to)
{
    weir__fiber_switch(&from->sp, to->sp);
}

#elif defined(__aarch64__) && !defined(WEIR_FIBER_UCONTEXT)

typedef struct fiber_context {
    void *sp;
} fiber_context;

void weir__fiber_switch(void **from, void *to);
__asm__(".text\n"
        ".globl weir__fiber_switch\n"
        ".hidden weir__fiber_switch\n"
        ".type weir__fiber_switch, %function\n"
        "weir__fiber_switch:\n"
        "    sub sp, sp, #160\n"
        "    stp x19, x20, [sp, #0]\n"
        "    stp x21, x22, [sp, #16]\n"
        "    stp x23, x24, [sp, #32]\n"
        "    stp x25, x26, [sp, #48]\n"
        "    stp x27, x28, [sp, #64]\n"
        "    stp x29, x30, [sp, #80]\n"
        "    stp d8, d9, [sp, #96]\n"
        "    stp d10, d11, [sp, #112]\n"
        "    stp d12, d13, [sp, #128]\n"
        "    stp d14, d15, [sp, #144]\n"
        "    mov x2, sp\n"
        "    str x2, [x0]\n"
        "    mov sp, x1\n"
        "    ldp x19, x20, [sp, #0]\n"
        "    ldp x21, x22, [sp, #16]\n"
        "    ldp x23, x24, [sp, #32]\n"
        "    ldp x25, x26, [sp, #48]\n"
        "    ldp x27, x28, [sp, #64]\n"
        "    ldp x29, x30, [sp, #80]\n"
        "    ldp d8, d9, [sp, #96]\n"
        "    ldp d10, d11, [sp, #112]\n"
        "    ldp d12, d13, [sp, #128]\n"
        "    ldp d14, d15, [sp, #144]\n"
        "    add sp, sp, #160\n"
        "    ret\n"
        ".size weir__fiber_switch, .-weir__fiber_switch\n");

static inline void fiber_prepare(fiber_context *c, char *stack, size_t size, void (*entry)(void))
{
    enum { FRAME = 20, LINK = 11 };
    uint64_t *top = (uint64_t *)(void *)(stack + size) - FRAME;
    for (int i = 0; i < FRAME; i++)
        top[i] = 0;
    top[LINK] = (uint64_t)(uintptr_t)entry;
    c->sp = top;
}

static inline void fiber_jump(fiber_context *from, fiber_context *to)
{
    weir__fiber_switch(&from->sp, to->sp);
}

#else
#include <ucontext.h>

typedef struct fiber_context {
    ucontext_t context;
} fiber_context;

static inline void fiber_prepare(fiber_context *c, char *stack, size_t size, void (*entry)(void))
{
    getcontext(&c->context);
    c->context.uc_stack.ss_sp = stack;
    c->context.uc_stack.ss_size = size;
    c->context.uc_link = NULL;
    makecontext(&c->context, entry, 0);
}

static inline void fiber_jump(fiber_context *from, fiber_context *to)
{
    swapcontext(&from->context, &to->context);
}
#endif

/* ---- what the sanitizers must be told ---- */

#if defined(__SANITIZE_ADDRESS__)
#define FIBER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define FIBER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FIBER_TSAN 1
#endif
#endif
#ifdef FIBER_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#endif
