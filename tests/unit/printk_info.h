/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printk_info.h - what vmcoreinfo says of the log's structures in Linux 6.1.
 *
 * Runs: on the host, for tests that make a log of their own.
 */
#ifndef UNIT_PRINTK_INFO_H
#define UNIT_PRINTK_INFO_H

/* clang-format off */
#define PRINTK_INFO \
	"OFFSET(printk_ringbuffer.desc_ring)=0\nOFFSET(printk_ringbuffer.text_data_ring)=64\n" \
	"OFFSET(prb_desc_ring.count_bits)=0\nOFFSET(prb_desc_ring.descs)=8\n" \
	"OFFSET(prb_desc_ring.infos)=16\nOFFSET(prb_desc_ring.head_id)=24\n" \
	"OFFSET(prb_desc_ring.tail_id)=32\n" \
	"SIZE(prb_desc)=24\nOFFSET(prb_desc.state_var)=0\nOFFSET(prb_desc.text_blk_lpos)=8\n" \
	"OFFSET(prb_data_blk_lpos.begin)=0\nOFFSET(prb_data_blk_lpos.next)=8\n" \
	"SIZE(printk_info)=88\nOFFSET(printk_info.seq)=0\nOFFSET(printk_info.ts_nsec)=8\n" \
	"OFFSET(printk_info.text_len)=16\n" \
	"OFFSET(prb_data_ring.size_bits)=0\nOFFSET(prb_data_ring.data)=8\n" \
	"OFFSET(atomic_long_t.counter)=0\n"
/* clang-format on */

#endif
