/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control_socket.c: handlers for others, over sockets. The protocol is
 * lib/click/control.c's, the sockets are the world's: whether there are any,
 * and of which kind, depends on where the router runs.
 *
 * =c
 * ControlSocket("TCP", PORT [, KEYWORDS])
 * ControlSocket("UNIX", FILENAME [, KEYWORDS])
 * =s control
 * opens control sockets for other programs
 * =d
 * Lets others read and write the router's handlers, by connections to TCP port
 * PORT or to the Unix socket FILENAME. Commands are lines of words:
 *
 * =over 8
 * =item READ HANDLER [PARAMETERS]
 * The handler's value: a line DATA N, and N bytes.
 * =item READDATA HANDLER N
 * The same; the N bytes behind the line are the parameters.
 * =item READUNTIL HANDLER [TERMINATOR]
 * The same; the parameters are the lines up to one that is TERMINATOR.
 * =item WRITE HANDLER [VALUE]
 * Writes the handler. So do WRITEDATA HANDLER N and WRITEUNTIL HANDLER
 * [TERMINATOR].
 * =item CHECKREAD HANDLER, CHECKWRITE HANDLER
 * Whether there is such a handler.
 * =item QUIT
 * Ends the connection.
 * =back
 *
 * HANDLER is ELEMENT.NAME, NUMBER.NAME (elements count from 1), or the name of
 * a handler of the router. Each command is answered by a line with a code: 200
 * means OK, 220 OK with a warning, 5xx an error; "520-" goes on in the next
 * line.
 *
 * A socket stays open when a router takes the place of another one that has the
 * same socket, and so do its connections.
 *
 * Keyword arguments are:
 *
 * =over 8
 * =item READONLY
 * Boolean. Whether write handlers are forbidden. Default is false.
 * =item LOCALHOST
 * Boolean. Whether a TCP socket takes connections of this host only. Default is
 * false.
 * =back
 *
 * VERBOSE, RETRIES and RETRY_WARNINGS are accepted. On a host, PORT+ means the
 * port or, if that is in use, the next one that is free.
 * =h port read-only
 * the port, or the path
 * =e
 *   ControlSocket(UNIX, /tmp/clicksocket);
 * =a Script
 */
#include <stdlib.h>
#include <strings.h>
#include "lib/click/router.h"

struct control_socket {
    struct element element;
    char *type, *where, *ignored;
    bool read_only, local;
    struct router_control control;
    bool open;
    unsigned int port;
};

static const struct click_param params[] = {
    CLICK_PARAM("TYPE", struct control_socket, type, string,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("PORT", struct control_socket, where, string,
                CLICK_POSITIONAL | CLICK_REQUIRED),
    CLICK_PARAM("READONLY", struct control_socket, read_only, bool, 0),
    CLICK_PARAM("LOCALHOST", struct control_socket, local, bool, 0),
    CLICK_PARAM("VERBOSE", struct control_socket, ignored, word, 0),
    CLICK_PARAM("RETRIES", struct control_socket, ignored, word, 0),
    CLICK_PARAM("RETRY_WARNINGS", struct control_socket, ignored, word, 0),
    {0},
};

static int control_socket_configure(struct element *element,
                                    struct click_args *args)
{
    struct control_socket *self = (struct control_socket *)element;
    unsigned long port;
    char *end;

    self->control = (struct router_control){
        .tcp = !strcasecmp(self->type, "TCP"),
        .where = self->where,
        .read_only = self->read_only,
        .local = self->local,
        .port = &self->port,
    };
    if (!self->control.tcp && strcasecmp(self->type, "UNIX"))
        return click_args_error(args, "unknown socket type '%s'", self->type);
    port = strtoul(self->where, &end, 10);
    end += *end == '+';
    if (self->control.tcp && (port < 1 || port > 65535 || *end))
        return click_args_error(args, "PORT: expected 1 to 65535, not '%s'",
                                self->where);
    return 0;
}

static int read_port(struct element *element,
                     const struct click_handler *handler, const char *param,
                     struct text *out)
{
    const struct control_socket *self = (struct control_socket *)element;

    (void)handler;
    (void)param;
    if (self->port)
        text_printf(out, "%u", self->port);
    else
        text_puts(out, self->where);
    return 0;
}

static const struct click_handler handlers[] = {
    {.name = "port", .read = read_port},
    {0},
};

static int control_socket_initialize(struct element *element,
                                     struct click_errors *errors)
{
    struct control_socket *self = (struct control_socket *)element;
    struct router_world *world = router_world(element->router);

    if (!world->control_open)
        return click_error(errors, NULL, "there are no sockets here");
    if (world->control_open(world, &self->control, errors))
        return -1;
    self->open = true;
    return 0;
}

static void control_socket_cleanup(struct element *element)
{
    struct control_socket *self = (struct control_socket *)element;
    struct router_world *world = router_world(element->router);

    if (self->open)
        world->control_close(world, &self->control);
}

const struct element_class click_class_ControlSocket = {
    .name = "ControlSocket",
    .ports = "0/0",
    .size = sizeof(struct control_socket),
    .params = params,
    .configure = control_socket_configure,
    .initialize = control_socket_initialize,
    .cleanup = control_socket_cleanup,
    .handlers = handlers,
};
