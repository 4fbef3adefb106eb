/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * version.h - the version of umvmm.
 */
#ifndef UMVMM_BASE_VERSION_H
#define UMVMM_BASE_VERSION_H

#define UMVMM_VERSION "0.1.0"

#endif
