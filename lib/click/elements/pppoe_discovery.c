/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pppoe_discovery.c: how subscribers find a PPPoE server and get a session: see
 * pppoe.h. A frame has tags behind its header: a type, a length and a value
 * each.
 */
#include "lib/click/elements/pppoe.h"
#include <string.h>

enum {
    TAG_END = 0,
    TAG_SERVICE = 0x0101,
    TAG_NAME = 0x0102,
    TAG_UNIQUE = 0x0103,
    TAG_COOKIE = 0x0104,
    TAG_RELAY = 0x0110,
    TAG_BAD_SERVICE = 0x0201,
    TAG_ERROR = 0x0202,
};

struct tag {
    const uint8_t *value;
    unsigned int length;
};

struct tags {
    struct tag service, unique, cookie, relay; /* value NULL: there is none */
};

static bool read_tags(const uint8_t *at, const uint8_t *end_of,
                      struct tags *tags)
{
    *tags = (struct tags){0};
    while (end_of - at >= 4) {
        unsigned int type = (unsigned int)(at[0] << 8 | at[1]);
        struct tag tag = {at + 4, (unsigned int)(at[2] << 8 | at[3])};

        if (type == TAG_END)
            return true;
        at += 4;
        if (tag.length > end_of - at)
            return false;
        at += tag.length;
        if (type == TAG_SERVICE) {
            tags->service = tag;
        } else if (type == TAG_UNIQUE) {
            tags->unique = tag;
        } else if (type == TAG_COOKIE) {
            tags->cookie = tag;
        } else if (type == TAG_RELAY) {
            tags->relay = tag;
        }
    }
    return at == end_of;
}

static uint8_t *put_tag(uint8_t *at, unsigned int type, const void *value,
                        size_t length)
{
    put16(at, type);
    put16(at + 2, (unsigned int)length);
    memcpy(at + 4, value, length);
    return at + 4 + length;
}

/* Tells a subscriber that was offered something from others. */
static void make_cookie(const struct pppoe_server *self, const uint8_t mac[6],
                        uint8_t cookie[8])
{
    uint64_t key, all = 0;

    memcpy(&key, self->secret, 8);
    memcpy(&all, mac, 6);
    for (unsigned int i = 0; i < 4; i++) {
        all = (all ^ key) * 0xbf58476d1ce4e5b9u;
        all ^= all >> 29;
    }
    memcpy(cookie, &all, 8);
}

static bool has_service(const struct pppoe_server *self,
                        const struct tags *tags)
{
    const char *own = self->service ? self->service : "";

    return tags->service.value &&
           (tags->service.length == 0 || !*own ||
            (tags->service.length == strlen(own) &&
             !memcmp(tags->service.value, own, tags->service.length)));
}

/* A PADO or PADS with the tags that the question's want back; nothing if they
 * do not leave room for ours. */
static void answer(struct pppoe_server *self, const uint8_t to[6], uint8_t code,
                   unsigned int session, const struct tags *tags,
                   unsigned int wrong)
{
    uint8_t bytes[PPPOE_DISCOVERY + 512], cookie[8], *at = bytes;
    const char *service = self->service ? self->service : "";
    const char *name = self->name ? self->name : "coracle";

    if (tags->service.value)
        at =
            put_tag(at, TAG_SERVICE, tags->service.value, tags->service.length);
    if (code == PADO && tags->service.length == 0 && *service)
        at = put_tag(at, TAG_SERVICE, service, strlen(service));
    at = put_tag(at, TAG_NAME, name, strlen(name));
    if (tags->unique.value)
        at = put_tag(at, TAG_UNIQUE, tags->unique.value, tags->unique.length);
    if (tags->relay.value)
        at = put_tag(at, TAG_RELAY, tags->relay.value, tags->relay.length);
    if (code == PADO) {
        make_cookie(self, to, cookie);
        at = put_tag(at, TAG_COOKIE, cookie, sizeof(cookie));
    }
    if (wrong)
        at = put_tag(at, wrong, "", 0);
    if (at - bytes <= PPPOE_DISCOVERY - 20) /* headers */
        pppoe_send(self, to, ETHER_PPPOE_DISCOVERY, code, session, bytes,
                   (size_t)(at - bytes));
    else
        self->drops++;
}

static void answer_request(struct pppoe_server *self, const uint8_t from[6],
                           const struct tags *tags)
{
    uint8_t cookie[8];
    struct pppoe_session *session;

    make_cookie(self, from, cookie);
    if (tags->cookie.length != 8 || memcmp(tags->cookie.value, cookie, 8)) {
        self->drops++;
        return;
    }
    if (!has_service(self, tags)) {
        self->refused++;
        answer(self, from, PADS, 0, tags, TAG_BAD_SERVICE);
        return;
    }
    session = pppoe_make(self, from);
    if (!session) {
        self->refused++;
        answer(self, from, PADS, 0, tags, TAG_ERROR);
        return;
    }
    if (!self->timer.place && timer_schedule_after(&self->timer, SECOND))
        self->drops++; /* nobody asks again, then */
    answer(self, from, PADS, pppoe_number(self, session), tags, 0);
    session->link.wanted |= 1 << LCP;
    pppoe_send_wanted(self, session);
}

void pppoe_discover(struct pppoe_server *self, const uint8_t *frame,
                    unsigned int length)
{
    const uint8_t *from = frame + 6, *tags_at = frame + 20;
    struct pppoe_session *session;
    struct tags tags;

    if (!read_tags(tags_at, tags_at + length, &tags)) {
        self->drops++;
        return;
    }
    switch (frame[15]) {
    case PADI:
        if (has_service(self, &tags))
            answer(self, from, PADO, 0, &tags, 0);
        return;
    case PADR:
        answer_request(self, from, &tags);
        return;
    case PADT:
        session = pppoe_session(
            self, (unsigned int)(frame[16] << 8 | frame[17]), from);
        if (session)
            pppoe_forget(self, session);
    }
}
