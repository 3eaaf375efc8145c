/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_click_dump.c: any bytes as a packet capture or as an IP summary dump.
 *
 * The first byte says what the file is taken for and with which arguments; the
 * others are the file. What comes out of it is written again, in both formats.
 * Reading ends at the file's end, whatever the file says of its own lengths;
 * and what our ToDump wrote, our FromDump reads without a complaint.
 */
#define _GNU_SOURCE /* memfd_create() */
#include <sys/mman.h>
#include <unistd.h>
#include "click_world.h"

#define FIELDS                                                                 \
    "timestamp ntimestamp ip_src ip_dst ip_frag ip_fragoff ip_len ip_hl "      \
    "ip_proto ip_id ip_tos ip_ttl ip_sum ip_ecn ip_opt sport dport tcp_seq "   \
    "tcp_ack tcp_off tcp_window tcp_urp tcp_flags tcp_opt tcp_ntopt "          \
    "tcp_sack udp_len icmp_type icmp_code icmp_flowid icmp_seq "               \
    "icmp_nextmtu payload_len payload_md5_hex ip_capture_len count "           \
    "direction link aggregate first_timestamp eth_src eth_dst wire_len "       \
    "payload"

static const char *const sources[] = {
    "FromDump($in, STOP true)",
    "FromDump($in, STOP true, FORCE_IP true)",
    "FromDump($in, STOP true, START_AFTER 1, INTERVAL 3s)",
    "FromDump($in, STOP true, END_AFTER 2, FILEPOS 40)",
    "FromIPSummaryDump($in, STOP true)",
    "FromIPSummaryDump($in, STOP true, CHECKSUM true, MULTIPACKET true)",
    "FromIPSummaryDump($in, STOP true, FIELDS ip_src payload tcp_opt ip_opt "
    "sport tcp_flags timestamp, PROTO 17)",
    "FromIPSummaryDump($in, STOP true, TIMING true, FIELDS " FIELDS ")",
};

/* A file in memory, and its name. */
static int make_file(const uint8_t *bytes, size_t size, char *name)
{
    int fd = memfd_create("fuzz", 0);

    expect(fd >= 0 && write(fd, bytes, size) == (ssize_t)size,
           "a file is made");
    sprintf(name, "/proc/self/fd/%d", fd);
    return fd;
}

/* From file `in` to `out`, both formats. False: it was refused. */
static bool convert(const char *source, const char *in, const char *out)
{
    const struct click_parameter params[] = {{"in", in}, {"out", out}};
    struct router *router;
    unsigned int rounds = 0;
    int64_t wakeup;
    char text[2000];

    snprintf(text, sizeof(text),
             "%s -> t :: Tee -> ToDump($out, ENCAP IP) -> Discard;"
             "t[1] -> ToIPSummaryDump(/dev/null, BAD_PACKETS true,"
             " FIELDS " FIELDS ");",
             source);
    router = world_try(text, params, ARRAY_SIZE(params), NULL);
    if (!router)
        return false;
    while (router_run(router, &wakeup) && rounds < 100000)
        rounds++;
    expect(rounds < 100000, "the file ends");
    router_destroy(router);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char in[40], out[40];
    int from, to;

    if (size < 1 || size > 8192)
        return 0;
    from = make_file(data + 1, size - 1, in);
    to = make_file(data, 0, out);
    world.simtime = true;
    if (convert(sources[data[0] % ARRAY_SIZE(sources)], in, out)) {
        world_lines = 0;
        expect(convert(sources[0], out, "/dev/null"), "a dump is a dump");
        expect(world_lines == 0, "a dump of ours is in order");
    }
    close(from);
    close(to);
    return 0;
}
