/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host.c: FromHost and ToHost where there is no host: refused in a guest, with
 * what may be used instead. The classes are known so that a configuration for
 * the host program fails with these words, and its other errors are told, too.
 *
 * =c
 * FromHost(DEVNAME [, ADDR/PREFIX, GATEWAY, KEYWORDS])
 * =s devices
 * reads packets from the host's TCP/IP (not in a guest)
 * =d
 * In the host program, makes the TAP interface DEVNAME (tun(4); it needs the
 * right to) and gives what the host sends by it, as Ethernet frames. It gets
 * the address ADDR, and with GATEWAY a default route. The host asks by ARP:
 * have an ARPResponder answer.
 *
 * In a guest there is no host: an interface of its own (a vif) leads to dom0,
 * and TCP/IP in the guest itself (examples/managed) has vifs of its own. A
 * configuration with this element does not start there.
 *
 * Keyword arguments are:
 *
 * =over 8
 * =item ETHER
 * Ethernet address. The interface's own. Default is any.
 * =item MTU
 * Unsigned. The interface's. Default is 1500.
 * =item HEADROOM, BURST
 * Accepted.
 * =back
 * =h dev_name read-only
 * DEVNAME
 * =h count read-only
 * packets so far
 * =e
 *   tap :: FromHost(tap0, 10.3.0.1/24) -> c :: Classifier(12/0806, 12/0800);
 *   c[0] -> ARPResponder(0/0 1:1:1:1:1:1) -> ToHost(tap0);
 *   c[1] -> Print -> Discard;
 * =a ToHost, FromDevice
 *
 * =c
 * ToHost([DEVNAME])
 * =s devices
 * gives packets to the host's TCP/IP (not in a guest)
 * =d
 * Ethernet frames for the host, by the interface of the FromHost with the same
 * DEVNAME, or of the only one.
 * =h dev_name read-only
 * its FromHost's
 * =h count read-only
 * packets given
 * =h drops read-only
 * packets that the host did not take
 * =a FromHost, ToDevice
 */
#include "lib/click/element.h"

static int configure(struct element *element, struct click_args *args)
{
    (void)element;
    return click_args_error(args, "there is no host in a guest; FromDevice and "
                                  "ToDevice reach dom0");
}

const struct element_class click_class_FromHost = {
    .name = "FromHost",
    .ports = "0/1",
    .processing = "/h",
    .size = sizeof(struct element),
    .configure = configure,
};

const struct element_class click_class_ToHost = {
    .name = "ToHost",
    .ports = "1/0",
    .processing = "h/",
    .size = sizeof(struct element),
    .configure = configure,
};
