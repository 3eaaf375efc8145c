/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * no_tcpip.c: what tcpip.c has, in an image without TCP/IP: nothing.
 */
#include "lib/click/guest/guest.h"

bool tcpip_has(unsigned int index)
{
    (void)index;
    return false;
}

int tcpip_open(struct guest *guest, const struct router_control *control,
               struct click_errors *errors)
{
    (void)guest;
    (void)control;
    return click_error(errors, NULL,
                       "this image has no TCP/IP; examples/managed has, and "
                       "xenstore reaches handlers of all");
}

void tcpip_close(struct guest *guest, const struct router_control *control)
{
    (void)guest;
    (void)control;
}
