/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach.c: the console of one guest, from its first byte to its last.
 *
 *     coracle-attach DOMID
 *
 * For a guest that `xl create -p` left paused: attach to its console, let it
 * run, copy standard input to its console and its console to standard output,
 * and when it has ended say how on standard error, as one line:
 *
 *     ended reason=poweroff status=0 lost=0
 *
 * `xl console` shows a console too, but cannot tell when all of it has been
 * shown. This program can, because the console ring (<xen/io/console.h>) counts
 * the guest's bytes: out_prod starts at zero and only grows. Once the domain is
 * shut down it stands still, and whatever the pseudo-terminal of xenconsoled
 * has not yet delivered of it is still to come. `lost` says how many bytes
 * never came.
 *
 * The end is announced by xenstored's watch @releaseDomain; the reason is the
 * hypervisor's (SCHEDOP_shutdown's), and the program's exit status is what the
 * guest wrote to data/exit-status below its home (xen/lifecycle.c).
 *
 * One thread, one poll(). Left out: guests that are shut down before this runs,
 * and consoles other than the first.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>
#include <xenctrl.h>
#include <xenforeignmemory.h>
#include <xenstore.h>
#include <xen/io/console.h>

/* How long the last bytes may be underway before they count as lost, and how
 * long xenconsoled may take to find a new guest: on a machine that is slow and
 * busy. */
#define PATIENCE_MS 60000
#define TTY_MS      300000

struct guest {
    uint32_t domid;
    xc_interface *xc;
    struct xs_handle *xs;
    const volatile struct xencons_interface *ring;
    int tty;
    uint32_t received;  /* bytes of the console, modulo 2^32 as in the ring */
    const char *reason; /* NULL while it runs */
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "coracle-attach: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- Finding things --------------------------------------------------- */

/* A key below the guest's home, to be freed; NULL if there is none. */
static char *read_key(struct guest *guest, const char *key)
{
    char path[64];
    unsigned int length;

    snprintf(path, sizeof(path), "/local/domain/%u/%s", guest->domid, key);
    return xs_read(guest->xs, XBT_NULL, path, &length);
}

/* Opens the terminal that xenconsoled makes for a new guest. */
static int open_tty(struct guest *guest)
{
    struct termios raw;
    char *path = NULL;
    int waited, fd;

    for (waited = 0; waited < TTY_MS; waited += 5) {
        path = read_key(guest, "console/tty");
        if (path && *path)
            break;
        free(path);
        path = NULL;
        usleep(5000);
    }
    if (!path) {
        errno = ETIMEDOUT;
        die("xenconsoled made no terminal");
    }
    fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || tcgetattr(fd, &raw))
        die(path);
    cfmakeraw(&raw);
    tcsetattr(fd, TCSANOW, &raw);
    free(path);
    return fd;
}

/* Maps the console ring to look at, as xenconsoled does. */
static const volatile struct xencons_interface *map_ring(struct guest *guest)
{
    xenforeignmemory_handle *memory = xenforeignmemory_open(NULL, 0);
    char *text = read_key(guest, "console/ring-ref");
    xen_pfn_t mfn;
    void *page;
    int error = 0;

    if (!memory || !text)
        die("console/ring-ref");
    mfn = strtoul(text, NULL, 10);
    page =
        xenforeignmemory_map(memory, guest->domid, PROT_READ, 1, &mfn, &error);
    if (!page || error)
        die("the console ring");
    free(text);
    return page;
}

static const char *reason_name(unsigned int code)
{
    static const char *const names[] = {"poweroff", "reboot",   "suspend",
                                        "crash",    "watchdog", "soft-reset"};

    return code < sizeof(names) / sizeof(names[0]) ? names[code] : "unknown";
}

/* Sets guest->reason if the guest has ended. */
static void look(struct guest *guest)
{
    xc_dominfo_t info;

    if (xc_domain_getinfo(guest->xc, guest->domid, 1, &info) != 1 ||
        info.domid != guest->domid || info.dying)
        guest->reason = "destroyed";
    else if (info.shutdown || info.crashed) /* libxenctrl: one or the other */
        guest->reason = reason_name(info.shutdown_reason);
}

/* ---- Copying ---------------------------------------------------------- */

static void write_all(int fd, const char *bytes, size_t length)
{
    while (length) {
        ssize_t done = write(fd, bytes, length);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            exit(1); /* nobody listens */
        bytes += done;
        length -= done;
    }
}

/* Console to standard output; whether anything came. */
static int copy_out(struct guest *guest)
{
    char bytes[16384];
    ssize_t got = read(guest->tty, bytes, sizeof(bytes));

    if (got <= 0)
        return 0;
    write_all(STDOUT_FILENO, bytes, got);
    guest->received += got;
    return 1;
}

/*
 * Standard input to the console. The terminal may be full, because the guest
 * reads nothing: what it does not take stays in `pending`, and no more input is
 * read meanwhile.
 */
struct input {
    char bytes[4096];
    size_t at, length;
    int open;
};

static void read_input(struct input *input)
{
    ssize_t got = read(STDIN_FILENO, input->bytes, sizeof(input->bytes));

    input->at = 0;
    input->length = got > 0 ? got : 0;
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
        input->open = 0;
}

static void copy_in(struct guest *guest, struct input *input)
{
    ssize_t done =
        write(guest->tty, input->bytes + input->at, input->length - input->at);

    if (done > 0)
        input->at += done;
    if (input->at == input->length)
        input->at = input->length = 0;
}

static void run(struct guest *guest)
{
    struct input input = {.open = 1};
    int hung_up = 0; /* xenconsoled has closed its side */

    while (!guest->reason) {
        int full = input.length != 0;
        struct pollfd polled[] = {
            {hung_up ? -1 : guest->tty, POLLIN | (full ? POLLOUT : 0), 0},
            {xs_fileno(guest->xs), POLLIN, 0},
            {input.open && !full ? STDIN_FILENO : -1, POLLIN, 0},
        };

        if (poll(polled, 3, -1) < 0 && errno != EINTR)
            die("poll");
        if (polled[0].revents & POLLIN)
            copy_out(guest);
        if (polled[0].revents & POLLOUT)
            copy_in(guest, &input);
        if (polled[2].revents)
            read_input(&input);
        hung_up |= (polled[0].revents & (POLLIN | POLLHUP)) == POLLHUP;
        if (polled[1].revents) {
            free(xs_check_watch(guest->xs));
            look(guest);
        }
    }
}

/* The guest stands still: takes what is still underway. */
static uint32_t drain(struct guest *guest)
{
    uint32_t all = guest->ring->out_prod;
    struct pollfd polled = {guest->tty, POLLIN, 0};

    while (guest->received != all) {
        if (poll(&polled, 1, PATIENCE_MS) <= 0 || !copy_out(guest))
            break;
    }
    return all - guest->received;
}

/* The guest's word about its program: a number, or nothing we can use. */
static void print_status(struct guest *guest)
{
    char *text = read_key(guest, "data/exit-status");
    char *end = text;
    long status = text ? strtol(text, &end, 10) : 0;

    if (end == text || *end || status < 0 || status > 255)
        fprintf(stderr, " status=none");
    else
        fprintf(stderr, " status=%ld", status);
    free(text);
}

int main(int argc, char **argv)
{
    struct guest guest = {0};
    uint32_t lost;

    if (argc != 2) {
        fprintf(stderr, "usage: coracle-attach DOMID\n");
        return 2;
    }
    guest.domid = strtoul(argv[1], NULL, 10);
    guest.xc = xc_interface_open(NULL, NULL, 0);
    guest.xs = xs_open(0);
    if (!guest.xc || !guest.xs)
        die("no Xen here");
    if (!xs_watch(guest.xs, "@releaseDomain", "end"))
        die("xenstore watch");
    guest.tty = open_tty(&guest);
    guest.ring = map_ring(&guest);
    if (xc_domain_unpause(guest.xc, guest.domid))
        die("unpause");
    run(&guest);
    lost = drain(&guest);
    fprintf(stderr, "ended reason=%s", guest.reason);
    print_status(&guest);
    fprintf(stderr, " lost=%u\n", lost);
    return 0;
}
