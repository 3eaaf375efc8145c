/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * agent.c: runs programs in the lab's dom0 on behalf of the lab's runner.
 *
 * The runner (lab/coraclelab/link.py) and this program talk over one
 * virtio-serial port, which is a pipe of bytes. Over it go frames, each for
 * one channel; a channel is one program. So several programs can run at once,
 * each with its own input, output, errors and end.
 *
 *   from the runner:
 *     START    `t` for a terminal or `p` for pipes, then the words of the
 *              command, each of these ended by a NUL
 *     INPUT    bytes; an empty one: the input has ended
 *     SIZE     rows and columns of the terminal, two bytes each
 *     SIGNAL   one byte: the signal's number
 *   from the agent:
 *     READY    once, on channel 0, when the port is open
 *     OUTPUT   bytes
 *     ERRORS   bytes
 *     TAKEN    so many bytes of INPUT were passed on (four bytes); the runner
 *              keeps at most WINDOW underway, so that no queue here can grow
 *     ENDED    the wait status (four bytes); all output has been sent
 *
 * One thread and one poll(). The link is only read while there is room, and the
 * programs' output is only read while the link's own queue is short: a runner
 * that stops reading stops the programs, and nothing is lost. A program has
 * ended when its process has: what it wrote until then is sent, and what
 * daemons that it left behind write later is not waited for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT          "/dev/vport0p1"
#define CHANNELS      256
#define WINDOW        65536
#define PAYLOAD       32768
#define LINK_IS_SHORT (8 * PAYLOAD)
#define ARGUMENTS     256

enum frame_type {
    START,
    INPUT,
    SIZE,
    SIGNAL,
    READY,
    OUTPUT,
    ERRORS,
    TAKEN,
    ENDED
};

struct frame {
    uint32_t length;
    uint16_t channel;
    uint16_t type;
};

/* A queue of bytes on their way into a descriptor. */
struct queue {
    char *bytes;
    size_t length, room;
};

/* One program. pid 0: the channel is free. */
struct channel {
    pid_t pid;
    int input, output, errors; /* -1 when closed; one number for a terminal */
    int terminal;
    int input_ended;
    struct queue waiting;
};

static struct channel channels[CHANNELS];
static struct queue to_runner;
static int port;

static void die(const char *what)
{
    fprintf(stderr, "lab-agent: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- Queues ----------------------------------------------------------- */

static void queue_add(struct queue *queue, const void *bytes, size_t length)
{
    if (queue->length + length > queue->room) {
        queue->room = 2 * (queue->length + length);
        queue->bytes = realloc(queue->bytes, queue->room);
        if (!queue->bytes)
            die("memory");
    }
    memcpy(queue->bytes + queue->length, bytes, length);
    queue->length += length;
}

/* Writes what the descriptor takes; how much that was, or -1 at an error. */
static ssize_t queue_drain(struct queue *queue, int fd)
{
    ssize_t done = write(fd, queue->bytes, queue->length);

    if (done < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    queue->length -= done;
    memmove(queue->bytes, queue->bytes + done, queue->length);
    return done;
}

static void send_frame(int number, enum frame_type type, const void *bytes,
                       size_t length)
{
    struct frame frame = {length, number, type};

    queue_add(&to_runner, &frame, sizeof(frame));
    queue_add(&to_runner, bytes, length);
}

static void send_number(int number, enum frame_type type, uint32_t value)
{
    send_frame(number, type, &value, sizeof(value));
}

/* ---- Programs --------------------------------------------------------- */

static void close_all(struct channel *channel)
{
    if (channel->input >= 0)
        close(channel->input);
    if (channel->output >= 0 && channel->output != channel->input)
        close(channel->output);
    if (channel->errors >= 0)
        close(channel->errors);
    channel->input = channel->output = channel->errors = -1;
}

static void nonblocking(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* The child's side: a session of its own, default signals, no other's files. */
static _Noreturn void become(char **arguments)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    execvp(arguments[0], arguments);
    fprintf(stderr, "%s: %s\n", arguments[0], strerror(errno));
    _exit(127);
}

static pid_t start_on_terminal(struct channel *channel, char **arguments)
{
    int master;
    pid_t pid = forkpty(&master, NULL, NULL, NULL);

    if (pid == 0)
        become(arguments);
    if (pid > 0) {
        fcntl(master, F_SETFD, FD_CLOEXEC);
        channel->input = channel->output = master;
    }
    return pid;
}

static pid_t start_on_pipes(struct channel *channel, char **arguments)
{
    int in[2], out[2], err[2];
    pid_t pid;

    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
        die("pipe");
    pid = fork();
    if (pid == 0) {
        setsid();
        dup2(in[0], 0);
        dup2(out[1], 1);
        dup2(err[1], 2);
        become(arguments);
    }
    close(in[0]);
    close(out[1]);
    close(err[1]);
    channel->input = in[1];
    channel->output = out[0];
    channel->errors = err[0];
    return pid;
}

static void start(int number, char *bytes, size_t length)
{
    struct channel *channel = &channels[number];
    char *arguments[ARGUMENTS + 1];
    int count = 0;
    size_t at = 2;

    while (at < length && count < ARGUMENTS) {
        arguments[count++] = bytes + at;
        at += strlen(bytes + at) + 1;
    }
    arguments[count] = NULL;
    if (!count || channel->pid) {
        send_number(number, ENDED, 127 << 8);
        return;
    }
    memset(channel, 0, sizeof(*channel));
    channel->input = channel->output = channel->errors = -1;
    channel->terminal = bytes[0] == 't';
    channel->pid = channel->terminal ? start_on_terminal(channel, arguments)
                                     : start_on_pipes(channel, arguments);
    if (channel->pid < 0)
        die("fork");
    nonblocking(channel->input);
    nonblocking(channel->output);
    if (channel->errors >= 0)
        nonblocking(channel->errors);
}

/* Reads once from a program; whether there may be more. */
static int pass_on(int number, int *fd, enum frame_type type)
{
    static char bytes[PAYLOAD];
    ssize_t got = read(*fd, bytes, sizeof(bytes));

    if (got > 0)
        send_frame(number, type, bytes, got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        if (!channels[number].terminal)
            close(*fd);
        *fd = -1;
    }
    return got > 0;
}

static void feed(int number)
{
    struct channel *channel = &channels[number];
    ssize_t done = queue_drain(&channel->waiting, channel->input);

    if (done < 0) { /* nobody reads it any more: as if it had been read */
        done = channel->waiting.length;
        channel->waiting.length = 0;
    }
    if (done > 0)
        send_number(number, TAKEN, done);
}

/* A pipe's input ends by being closed, a terminal's with its end-of-file key.
 */
static void end_input(struct channel *channel)
{
    if (!channel->terminal) {
        close(channel->input);
        channel->input = -1;
    }
    channel->input_ended = 0;
}

static void reap(void)
{
    int status, number;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (number = 0; number < CHANNELS; number++) {
            struct channel *channel = &channels[number];

            if (channel->pid != pid)
                continue;
            while (channel->output >= 0 &&
                   pass_on(number, &channel->output, OUTPUT))
                ;
            while (channel->errors >= 0 &&
                   pass_on(number, &channel->errors, ERRORS))
                ;
            close_all(channel);
            free(channel->waiting.bytes);
            channel->pid = 0;
            send_number(number, ENDED, status);
        }
    }
}

/* ---- The link --------------------------------------------------------- */

static void obey(const struct frame *frame, char *bytes)
{
    struct channel *channel = &channels[frame->channel];
    uint16_t size[2];

    if (frame->type == START) {
        start(frame->channel, bytes, frame->length);
        return;
    }
    if (!channel->pid)
        return; /* it ended while the frame was underway */
    switch (frame->type) {
    case INPUT:
        if (frame->length)
            queue_add(&channel->waiting, bytes, frame->length);
        else
            channel->input_ended = 1;
        break;
    case SIZE:
        memcpy(size, bytes, sizeof(size));
        if (channel->terminal)
            ioctl(channel->input, TIOCSWINSZ,
                  &(struct winsize){.ws_row = size[0], .ws_col = size[1]});
        break;
    case SIGNAL:
        kill(-channel->pid, bytes[0]);
        break;
    }
}

/* Takes what has come, and obeys each frame that is whole. */
static void listen_to_runner(void)
{
    static char bytes[sizeof(struct frame) + 2 * WINDOW];
    static size_t have;
    size_t at = 0;
    struct frame frame;
    ssize_t got = read(port, bytes + have, sizeof(bytes) - 1 - have);

    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        die("the link");
    if (got < 0)
        return;
    have += got;
    while (have - at >= sizeof(frame)) {
        memcpy(&frame, bytes + at, sizeof(frame));
        if (frame.length > WINDOW || frame.channel >= CHANNELS) {
            errno = EPROTO;
            die("a frame");
        }
        if (have - at < sizeof(frame) + frame.length)
            break;
        at += sizeof(frame);
        obey(&frame, bytes + at);
        at += frame.length;
    }
    have -= at;
    memmove(bytes, bytes + at, have);
}

/* ---- The loop --------------------------------------------------------- */

#define POLLED (2 + 3 * CHANNELS)

/* What to wait for: three places in `polled` for each channel. */
static void choose(struct pollfd *polled, int signals)
{
    int room = to_runner.length < LINK_IS_SHORT;
    int number;

    polled[0] = (struct pollfd){port, POLLIN, 0};
    if (to_runner.length)
        polled[0].events |= POLLOUT;
    polled[1] = (struct pollfd){signals, POLLIN, 0};
    for (number = 0; number < CHANNELS; number++) {
        struct channel *channel = &channels[number];
        struct pollfd *mine = &polled[2 + 3 * number];
        int live = channel->pid != 0;

        mine[0].fd = live && channel->waiting.length ? channel->input : -1;
        mine[0].events = POLLOUT;
        mine[1].fd = live && room ? channel->output : -1;
        mine[1].events = POLLIN;
        mine[2].fd = live && room ? channel->errors : -1;
        mine[2].events = POLLIN;
    }
}

static void serve(int number, const struct pollfd *mine)
{
    struct channel *channel = &channels[number];

    if (mine[0].fd >= 0 && mine[0].revents)
        feed(number);
    if (channel->input_ended && !channel->waiting.length)
        end_input(channel);
    if (mine[1].fd >= 0 && mine[1].revents)
        pass_on(number, &channel->output, OUTPUT);
    if (mine[2].fd >= 0 && mine[2].revents)
        pass_on(number, &channel->errors, ERRORS);
}

static int open_signals(void)
{
    sigset_t set;
    int fd;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        die("signalfd");
    return fd;
}

int main(void)
{
    static struct pollfd polled[POLLED];
    struct signalfd_siginfo siginfo;
    int signals = open_signals();
    int number;

    port = open(PORT, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (port < 0)
        die(PORT);
    send_frame(0, READY, "", 0);
    for (;;) {
        choose(polled, signals);
        if (poll(polled, POLLED, -1) < 0 && errno != EINTR)
            die("poll");
        if (polled[0].revents & POLLOUT && queue_drain(&to_runner, port) < 0)
            die("the link");
        for (number = 0; number < CHANNELS; number++) {
            if (channels[number].pid)
                serve(number, &polled[2 + 3 * number]);
        }
        if (polled[0].revents & (POLLIN | POLLHUP))
            listen_to_runner();
        while (read(signals, &siginfo, sizeof(siginfo)) > 0)
            ;
        reap();
    }
}
