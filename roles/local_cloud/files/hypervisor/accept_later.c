/*
 * Copyright (c) model_serving.openstack contributors
 * GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Preloaded into each guest's controller, libvirt_lxc. The controller tells the process ID of the guest's first process
 * to the first client that connects, and only once. libvirtd (seen in 9.0.0) connects and only then says which events
 * it understands. An event that comes between is dropped, and the connection with it: libvirtd never learns that the
 * guest stopped, and refuses to attach a network card to it "until init PID is known". So the controller waits.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/socket.h>
#include <time.h>

static const struct timespec pause_before_answer = {.tv_sec = 0, .tv_nsec = 100 * 1000 * 1000};

int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict length)
{
    static int (*accept_at_once)(int, struct sockaddr *restrict, socklen_t *restrict);
    if (accept_at_once == NULL)
        accept_at_once = dlsym(RTLD_NEXT, "accept");
    nanosleep(&pause_before_answer, NULL);
    return accept_at_once(fd, address, length);
}
