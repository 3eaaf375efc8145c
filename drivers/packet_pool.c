/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packet_pool.c: pieces and pages for packets, of which each CPU keeps some.
 *
 * A network under load needs a piece and perhaps a page for each packet, and
 * gives as many back a moment later. So each CPU keeps those that were given
 * back on it, up to a limit, in two lists linked through the things themselves;
 * beyond that they go to the heap and the page allocator, which also help out
 * when one CPU mostly takes and another mostly gives.
 *
 * The limit is what a ring takes: large segments come in bursts that fill it,
 * and half of the work of passing them on would else be for memory. When the
 * domain has no other pages, those kept here are given back: the ones of the
 * CPU that misses them, for the others' lists have no lock.
 *
 * A piece has a store of its own, large enough for most packets without data
 * (acknowledgements, requests) and for the headers of all others. It may get a
 * page instead, whose address is then in `store`.
 *
 * Concurrency: a CPU's lists are used by it alone, events masked.
 */
#include "drivers/packet_pool.h"
#include "arch/x86/percpu.h"
#include "coracle/compiler.h"
#include "coracle/memory.h"
#include "lib/string.h"

/* Of each kind and CPU: 128 KiB of pieces, 1 MiB of pages. */
#define KEPT 256u

struct piece {
    struct packet packet;
    uint8_t bytes[PACKET_HEADROOM + PACKET_SMALL];
};

/* One of the heap's sizes (mm/slab.h), so that nothing is lost. */
_Static_assert(sizeof(struct piece) == 512, "the store's size is odd");

struct kept {
    void *first; /* each begins with a pointer to the next */
    unsigned int count;
};

static struct pool {
    struct kept pieces, pages;
} pools[CPU_MAX];

/* Events are masked in both. */
static void *take(struct kept *kept)
{
    void *first = kept->first;

    if (first) {
        kept->first = *(void **)first;
        kept->count--;
    }
    return first;
}

static bool keep(struct kept *kept, void *thing)
{
    if (kept->count == KEPT)
        return false;
    *(void **)thing = kept->first;
    kept->first = thing;
    kept->count++;
    return true;
}

void *packet_page(void)
{
    void *page;

    events_mask();
    page = take(&pools[cpu_read(id)].pages);
    events_unmask();
    return page ? page : page_alloc(0);
}

void packet_page_free(void *page)
{
    bool kept;

    events_mask();
    kept = keep(&pools[cpu_read(id)].pages, page);
    events_unmask();
    if (!kept)
        page_free(page, 0);
}

/* Memory is short. */
static size_t shrink_pool(size_t count)
{
    size_t done = 0;

    for (; done < count; done++) {
        void *page;

        events_mask();
        page = take(&pools[cpu_read(id)].pages);
        events_unmask();
        if (!page)
            break;
        page_free(page, 0);
    }
    return done;
}

static struct memory_shrinker shrinker = {.shrink = shrink_pool};

STARTS(START_DRIVER) static void watch_memory(void)
{
    memory_add_shrinker(&shrinker);
}

static void release(struct packet *packet)
{
    struct piece *piece = container_of(packet, struct piece, packet);
    bool kept;

    if (packet->store)
        packet_page_free(packet->store);
    events_mask();
    kept = keep(&pools[cpu_read(id)].pieces, piece);
    events_unmask();
    if (!kept)
        heap_free(piece);
}

struct packet *packet_piece(void)
{
    struct piece *piece;

    events_mask();
    piece = take(&pools[cpu_read(id)].pieces);
    events_unmask();
    if (!piece)
        piece = heap_alloc(sizeof(*piece));
    if (!piece)
        return NULL;
    packet_wrap(&piece->packet, piece->bytes + PACKET_HEADROOM, 0, release);
    piece->packet.start = piece->bytes;
    piece->packet.end = piece->bytes + sizeof(piece->bytes);
    return &piece->packet;
}

void packet_set_page(struct packet *piece, void *page, size_t offset,
                     size_t length)
{
    piece->store = page;
    piece->start = page;
    piece->end = piece->start + PAGE_SIZE;
    piece->data = piece->start + offset;
    piece->length = piece->total = (uint32_t)length;
}

struct packet *packet_apart(size_t total, bool zeroed)
{
    struct packet *packet = NULL, **end = &packet;

    for (size_t left = total; left > 0;) {
        size_t length = left < PAGE_SIZE ? left : PAGE_SIZE;
        void *page = packet_page();

        *end = page ? packet_piece() : NULL;
        if (!*end) {
            if (page)
                packet_page_free(page);
            packet_free(packet);
            return NULL;
        }
        if (zeroed)
            memset(page, 0, PAGE_SIZE);
        packet_set_page(*end, page, 0, length);
        end = &(*end)->more;
        left -= length;
    }
    if (packet)
        packet->total = (uint32_t)total;
    return packet;
}
