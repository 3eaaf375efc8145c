/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * requirements.c: what `require(...)` may ask for.
 *
 * Click's elements come in packages, of which a program may lack some. Here all
 * elements that there are, are built in: a configuration may require the
 * packages that they belong to in Click, or a class by its name. Others are an
 * error, as they mean classes that we do not have.
 */
#include <string.h>
#include "lib/click/config.h"
#include "lib/click/element.h"

static const char *const packages[] = {
    "click",    "compact_config", "analysis", "app",
    "aqm",      "ethernet",       "icmp",     "ip",
    "standard", "simple",         "tcpudp",   "tools",
    "ipfilter", "iprewriter",     "int64",    "userlevel",
};

static bool is_available(const char *name)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(packages); i++)
        if (!strcmp(packages[i], name))
            return true;
    return element_class_find(name);
}

void config_check_requirements(const struct click_config *config,
                               const char *file, struct click_errors *errors)
{
    for (unsigned int i = 0; i < config->requirement_count; i++)
        if (!is_available(config->requirements[i]))
            click_error(errors, file, "requirement '%s' not available",
                        config->requirements[i]);
}

bool config_requires(const struct click_config *config, const char *name)
{
    for (unsigned int i = 0; i < config->requirement_count; i++)
        if (!strcmp(config->requirements[i], name))
            return true;
    return false;
}
