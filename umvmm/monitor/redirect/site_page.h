/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site_page.h - private copies of text pages, in which call sites are rewritten. They lie in a
 * part of the VM file (vm.h), as the host does not bound what is mapped privately.
 *
 * Runs: monitor.
 */
#ifndef MONITOR_REDIRECT_SITE_PAGE_H
#define MONITOR_REDIRECT_SITE_PAGE_H

#include <stdint.h>

enum site_page {
	SITE_PAGE_OPEN,
	SITE_PAGE_NO_TEXT, /* somebody may change it behind our back */
	SITE_PAGE_FULL,	   /* of the user sibling there are too many already */
};

/* Is the page at va text that only its file could change? */
int site_page_is_text(uint64_t va);
/*
 * The page of guest memory at offset `off`, once more, for this process's user code at va only,
 * which cannot write it. Returns where the monitor can, or 0 if there is no room.
 */
uint8_t *site_page_copy(uint64_t va, uint64_t off);
/* All user addresses were unmapped, here and in the sibling. */
void site_pages_flushed(void);
/* Makes the page at va a private copy, if it is none yet. */
enum site_page site_page_open(uint64_t va);
/* Is it one? */
int site_page_is_private(uint64_t va);
/* With split: which of its private copies it is, as they come and go; else 0. */
uint32_t site_page_serial(uint64_t va);
/* n bytes there, in a page that is a private copy. Single-threaded: nobody executes it. */
void site_page_write(uint64_t at, const uint8_t *code, unsigned int n);

#endif
