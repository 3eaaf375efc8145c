/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * oversize.c: fragments of IPv6 packets that would be too long for lwIP.
 *
 * An IPv6 packet may carry 65,535 bytes behind its header of 40, so together
 * more than the 16 bits in which lwIP counts. Put together from fragments, such
 * a packet would break an assertion of lwIP's (ip6_reass(): "moving p->payload
 * to ip6 header failed"), and anybody can send one. So a fragment that reaches
 * beyond what lwIP can hold, headers included, is dropped before.
 *
 * lwIP calls this for each IPv6 packet (LWIP_HOOK_IP6_INPUT), with the core
 * lock held. What is malformed is lwIP's to notice.
 */
#include "lib/lwip/include/hooks.h"
#include "lwip/pbuf.h"
#include "lwip/prot/ip6.h"

/* Together 65535: headers in front of a fragment's bytes, and these bytes once
 * they are put together. Each fragment may have other headers in front, and it
 * is the first one's that stay. */
#define HEADERS 511u
#define CONTENT 65024u

bool lwip_port_oversize6(const struct pbuf *p)
{
    uint32_t at = IP6_HLEN;
    uint8_t next, header[8];

    if (pbuf_copy_partial(p, &next, 1, offsetof(struct ip6_hdr, _nexth)) != 1)
        return false;
    while (pbuf_copy_partial(p, header, 8, (u16_t)at) == 8) {
        switch (next) {
        case IP6_NEXTH_HOPBYHOP:
        case IP6_NEXTH_DESTOPTS:
        case IP6_NEXTH_ROUTING:
            next = header[0];
            at += 8u * (header[1] + 1u);
            if (at > CONTENT)
                return false;
            break;
        case IP6_NEXTH_FRAGMENT: {
            uint32_t offset = (header[2] << 8 | header[3]) & 0xfff8u;

            at += sizeof(header);
            return at > HEADERS || offset + (p->tot_len - at) > CONTENT;
        }
        default:
            return false;
        }
    }
    return false;
}
