/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keys.h - has this host protection keys (--isolation pku)?
 */
#ifndef UMVMM_HOST_KEYS_H
#define UMVMM_HOST_KEYS_H

/* Null if they can be used; else what is missing, to be shown to the user. */
const char *hostkeys_missing(void);

#endif
