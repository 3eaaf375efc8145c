/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frames: a program for dom0 that sends frames as they are.
 *
 *     frames INTERFACE MAC FILE [TIMES]      all frames of FILE, so many times
 *     frames INTERFACE MAC flows FIRST COUNT
 *
 * FILE has each frame behind its length in two bytes, most significant first. A
 * frame to 02:00:00:00:00:99 goes to MAC, as do those of `flows`: UDP packets
 * from 10.0.2.1 to 10.0.3.77, one for each of so many ports and addresses from
 * number FIRST on, each of which is a flow of its own.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint8_t target[6] = {2, 0, 0, 0, 0, 0x99};
static struct sockaddr_ll where = {.sll_family = AF_PACKET};
static uint8_t mac[6];
static int out;

static int send_frame(uint8_t *frame, size_t length)
{
    if (memcmp(frame, target, 6) == 0)
        memcpy(frame, mac, 6);
    return sendto(out, frame, length, 0, (void *)&where, sizeof(where)) < 0;
}

static int send_file(FILE *file)
{
    uint8_t head[2], frame[2000];
    int failed = 0;

    while (file && fread(head, 2, 1, file) == 1) {
        size_t length = (size_t)head[0] << 8 | head[1];

        if (length > sizeof(frame) || fread(frame, length, 1, file) != 1)
            return 1;
        failed |= send_frame(frame, length);
    }
    return failed || !file;
}

static int send_flows(unsigned int first, unsigned int count)
{
    uint8_t frame[60] = {2,  0, 0,  0,  0,    0x99, 2,    0,    0, 0,
                         0,  2, 8,  0,  0x45, 0,    0,    29,   0, 0,
                         0,  0, 64, 17, 0,    0,    10,   0,    2, 1,
                         10, 0, 3,  77, 0,    0,    0x4e, 0x20, 0, 9};
    int failed = 0;

    for (unsigned int i = first; i < first + count; i++) {
        uint32_t sum = 0;

        frame[24] = frame[25] = 0;
        frame[29] = (uint8_t)(i / 60000 + 1);
        frame[34] = (uint8_t)((i % 60000 + 1024) >> 8);
        frame[35] = (uint8_t)(i % 60000 + 1024);
        for (int at = 14; at < 34; at += 2)
            sum += (uint32_t)frame[at] << 8 | frame[at + 1];
        sum = ~(sum + (sum >> 16));
        frame[24] = (uint8_t)(sum >> 8);
        frame[25] = (uint8_t)sum;
        failed |= send_frame(frame, sizeof(frame));
        memcpy(frame, target, 6);
    }
    return failed;
}

int main(int argc, char **argv)
{
    int times = argc == 5 ? atoi(argv[4]) : 1, failed = 0;

    if (argc < 4 || sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0],
                           &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) != 6)
        return 2;
    out = socket(AF_PACKET, SOCK_RAW, 0);
    where.sll_ifindex = (int)if_nametoindex(argv[1]);
    if (out < 0 || where.sll_ifindex == 0) {
        perror("frames");
        return 1;
    }
    if (argc == 6)
        failed = send_flows((unsigned int)atoi(argv[4]),
                            (unsigned int)atoi(argv[5]));
    else
        while (times-- > 0) {
            FILE *file = fopen(argv[3], "r");

            failed |= send_file(file);
            if (file)
                fclose(file);
        }
    if (failed)
        perror("frames");
    return failed;
}
