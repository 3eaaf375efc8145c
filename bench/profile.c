/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * profile.c: which instructions the emulated machine spends its time on.
 *
 *     qemu-system-x86_64 -plugin profile.so,fd=N ...
 *
 * A plugin of QEMU's. QEMU translates code block by block; here each block gets
 * a counter, which the translated code itself increments, so nothing is
 * sampled: what is counted is all that ran, whoever's it was. Blocks are known
 * by their address and length. For each byte that comes by the socket N the
 * counters go out, a line `ADDRESS INSTRUCTIONS TIMES` for each block that has
 * run, in hex; then a line `end`. bench/coraclebench/profile.py subtracts two
 * such lists and finds the names.
 *
 * The same address means different code in different address spaces. Xen,
 * dom0's kernel and ours lie apart; programs' addresses are of use only as a
 * sum.
 *
 * QEMU calls block_translated() from a vCPU's thread, one at a time with one
 * vCPU. The other thread only reads; a count may be one block late.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- QEMU's interface for plugins, version 1, as far as it is used ---------
 */

struct qemu_plugin_tb;
struct qemu_info;

typedef uint64_t qemu_plugin_id_t;
typedef void translated_t(qemu_plugin_id_t id, struct qemu_plugin_tb *block);

enum { QEMU_PLUGIN_INLINE_ADD_U64 };

uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           translated_t *translated);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block,
                                              int operation, void *counter,
                                              uint64_t number);

/* What QEMU looks for. */
#define SHOWN __attribute__((visibility("default")))
SHOWN extern int qemu_plugin_version;
SHOWN int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info,
                              int count, char **words);

int qemu_plugin_version = 1;

/* ---- Counters --------------------------------------------------------------
 */

#define BLOCKS (1u << 20) /* a power of two; a boot takes a tenth of them */

struct block {
    uint64_t address, instructions, times;
};

static struct block blocks[BLOCKS]; /* a hash table; free: no instructions */

static struct block *block_find(uint64_t address, uint64_t instructions)
{
    uint64_t hash = (address ^ instructions << 48) * 0x9e3779b97f4a7c15;

    for (uint32_t n = hash >> 44;; n++) {
        struct block *block = &blocks[n % BLOCKS];

        if (block->instructions == 0 ||
            (block->address == address && block->instructions == instructions))
            return block;
    }
}

static void block_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    static uint32_t used;
    uint64_t address = qemu_plugin_tb_vaddr(tb);
    uint64_t instructions = qemu_plugin_tb_n_insns(tb);
    struct block *block = block_find(address, instructions);

    (void)id;
    if (block->instructions == 0) {
        if (++used == BLOCKS) {
            fprintf(stderr, "profile: more than %u blocks of code\n", BLOCKS);
            exit(1);
        }
        block->address = address;
        block->instructions = instructions;
    }
    qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
                                             &block->times, 1);
}

static void *answer(void *socket)
{
    FILE *out = fdopen((int)(intptr_t)socket, "w");
    char byte;

    while (out && read(fileno(out), &byte, 1) == 1) {
        for (uint32_t n = 0; n < BLOCKS; n++) {
            if (blocks[n].times)
                fprintf(out, "%lx %lx %lx\n", blocks[n].address,
                        blocks[n].instructions, blocks[n].times);
        }
        fputs("end\n", out);
        fflush(out);
    }
    return NULL;
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info,
                        int count, char **words)
{
    pthread_t thread;

    (void)info;
    if (count != 1 || strncmp(words[0], "fd=", 3) != 0)
        return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
    return pthread_create(&thread, NULL, answer,
                          (void *)(intptr_t)atoi(words[0] + 3));
}
