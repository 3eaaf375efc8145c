/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_click_control.c: any bytes on a control connection.
 *
 * They come at once and in pieces, which must come to the same. Answers are
 * lines with a code, and data as long as they say.
 */
#include <ctype.h>
#include "click_world.h"
#include "lib/click/control.h"

static struct router *router;

static struct router *get_router(struct control *control)
{
    (void)control;
    return router;
}

static void make_router(void)
{
    world.simtime = true;
    router = world_router("i :: Idle -> q :: Queue(3) -> c :: Counter -> "
                          "Discard; a :: { input -> b :: Null -> output }; "
                          "Idle -> a -> Idle");
}

/* Lines "123 ...", "123-...", and data behind "DATA n". */
static void check(const struct text *out)
{
    const char *at = text_string(out), *end = at + out->length;

    while (at < end) {
        const char *line = strstr(at, "\r\n");

        expect(line, "each line ends");
        if (!strncmp(at, "DATA ", 5)) {
            size_t length = strtoul(at + 5, NULL, 10);

            expect((size_t)(end - line) >= 2 + length, "there are the data");
            at = line + 2 + length;
            continue;
        }
        expect(isdigit((unsigned char)at[0]) && isdigit((unsigned char)at[1]) &&
                   isdigit((unsigned char)at[2]) &&
                   (at[3] == ' ' || at[3] == '-'),
               "each line has a code");
        at = line + 2;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct control whole = {.router = get_router};
    struct control pieces = {.router = get_router};

    make_router();
    control_receive(&whole, (const char *)bytes, size);
    check(&whole.out);
    router_destroy(router);
    make_router();
    for (size_t i = 0; i < size && !pieces.closed;) {
        size_t some = 1 + (i * 7 + size) % 5;

        if (some > size - i)
            some = size - i;
        control_receive(&pieces, (const char *)bytes + i, some);
        i += some;
    }
    expect(whole.closed == pieces.closed, "both go on or do not");
    expect(!strcmp(text_string(&whole.out), text_string(&pieces.out)),
           "pieces are answered as the whole is");
    router_destroy(router);
    control_close(&whole);
    control_close(&pieces);
    return 0;
}
