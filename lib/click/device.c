/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * device.c: what FromDevice and ToDevice are on any system.
 *
 * Click's users write arguments for many systems: METHOD PCAP, say. What means
 * nothing here is read and forgotten, since refusing it would only make their
 * configurations fail. Pure tables and checks; no locks.
 */
#include "lib/click/device.h"

static int check_burst(struct click_args *args, uint32_t burst)
{
    return burst > 0 && burst <= DEVICE_BURST_MAX
               ? 0
               : click_args_error(args, "BURST: expected 1 to %u",
                                  DEVICE_BURST_MAX);
}

/* ---- FromDevice -----------------------------------------------------------
 */

const struct click_param device_input_params[] = {
    CLICK_PARAM("DEVNAME", struct device_input, name, string,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("PROMISC", struct device_input, promisc, bool,
                CLICK_POSITIONAL),
    CLICK_PARAM("SNAPLEN", struct device_input, snaplen, u32, CLICK_POSITIONAL),
    CLICK_PARAM("BURST", struct device_input, burst, u32, 0),
    CLICK_PARAM("TIMESTAMP", struct device_input, timestamp, bool, 0),
    CLICK_PARAM("ACTIVE", struct device_input, active, bool, 0),
    CLICK_PARAM("OUTBOUND", struct device_input, outbound, bool, 0),
    CLICK_PARAM("SNIFFER", struct device_input, ignored, word, 0),
    CLICK_PARAM("FORCE_IP", struct device_input, ignored, word, 0),
    CLICK_PARAM("METHOD", struct device_input, ignored, word, 0),
    CLICK_PARAM("CAPTURE", struct device_input, ignored, word, 0),
    CLICK_PARAM("HEADROOM", struct device_input, ignored, word, 0),
    CLICK_PARAM("ENCAP", struct device_input, ignored, word, 0),
    CLICK_PARAM("BPF_FILTER", struct device_input, ignored, word, 0),
    {0},
};

/* What is the same for all interfaces. */
static int read_text(struct element *element,
                     const struct click_handler *handler, const char *param,
                     struct text *out)
{
    (void)element;
    (void)param;
    text_puts(out, handler->data ? "ETHER" : "??");
    return 0;
}

const struct click_handler device_input_handlers[] = {
    HANDLER_FIELD("count", struct device_input, packets, u64),
    HANDLER_FIELD("mac", struct device_input, mac, ether),
    {.name = "kernel_drops", .read = read_text},
    {.name = "encap", .read = read_text, .data = true},
    HANDLER_ACTIVE(struct device_input, active),
    HANDLER_RESET("reset_counts", struct device_input, packets, packets, 0),
    {0},
};

void device_input_defaults(struct element *element)
{
    struct device_input *in = (struct device_input *)element;

    in->burst = 64;
    in->snaplen = 65535;
    in->timestamp = in->active = true;
}

int device_input_configure(struct element *element, struct click_args *args)
{
    const struct device_input *in = (struct device_input *)element;

    if (in->snaplen < 14 || in->snaplen > 65535)
        return click_args_error(args, "SNAPLEN: expected 14 to 65535");
    return check_burst(args, in->burst);
}

void device_input_take_state(struct element *element, struct element *old)
{
    ((struct device_input *)element)->packets =
        ((struct device_input *)old)->packets;
}

/* ---- ToDevice -------------------------------------------------------------
 */

const struct click_param device_output_params[] = {
    CLICK_PARAM("DEVNAME", struct device_output, name, string,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("BURST", struct device_output, burst, u32, CLICK_POSITIONAL),
    CLICK_PARAM("METHOD", struct device_output, ignored, word, 0),
    CLICK_PARAM("DEBUG", struct device_output, ignored, word, 0),
    CLICK_PARAM("NO_PAD", struct device_output, ignored, word, 0),
    {0},
};

const struct click_handler device_output_handlers[] = {
    HANDLER_FIELD("count", struct device_output, packets, u64),
    HANDLER_FIELD("calls", struct device_output, calls, u64),
    HANDLER_FIELD("drops", struct device_output, drops, u64),
    HANDLER_FIELD("mac", struct device_output, mac, ether),
    HANDLER_RESET("reset_counts", struct device_output, packets, drops, 0),
    {0},
};

void device_output_defaults(struct element *element)
{
    ((struct device_output *)element)->burst = 64;
}

int device_output_configure(struct element *element, struct click_args *args)
{
    return check_burst(args, ((struct device_output *)element)->burst);
}

void device_output_take_counts(struct element *element, struct element *old)
{
    struct device_output *out = (struct device_output *)element;
    const struct device_output *before = (struct device_output *)old;

    out->packets = before->packets;
    out->calls = before->calls;
    out->drops = before->drops;
}
