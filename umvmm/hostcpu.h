/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hostcpu.h - has this host what the monitor's code cannot do without?
 */
#ifndef UMVMM_HOSTCPU_H
#define UMVMM_HOSTCPU_H

#define HOSTCPU_REMEDY "needs a CPU since Ivy Bridge or Zen and Linux 5.9 without nofsgsbase"

/* Null, or what is missing, to be shown to the user. */
const char *hostcpu_missing(void);

#endif
