// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fpu.c - x87, SSE, AVX and AVX-512 registers, in the XSAVE image of a stopped vCPU.
 *
 * Runs: in the tracer. The image has the standard format (SDM vol. 1 13.4): legacy part,
 * header, and the other components where CPUID says.
 *
 * Must hold: the image is in the guest's reach, and the monitor executes XRSTOR on it: what
 * is written here must not fault there. A component whose bit is clear is in its
 * initial state, whatever its bytes are.
 */
#include "state.h"

#include <cpuid.h>
#include <errno.h>
#include <string.h>

#define IMAGE_SIZE (VCPU_STRIDE - FPU_OFFSET)

/* Components */
#define X87	 0
#define SSE	 1
#define AVX	 2
#define OPMASK	 5
#define ZMM_HIGH 6 /* the upper halves of zmm0..15 */
#define ZMM_REST 7 /* zmm16..31 */

#define LEAF_XSAVE 0xd

/* In the legacy part */
#define FCW	   0
#define FSW	   2
#define FTW	   4
#define FOP	   6
#define FIP	   8
#define FDP	   16
#define MXCSR	   24
#define ST(n)	   (32 + 16 * (n))
#define XMM(n)	   (160 + 16 * (n))
#define XSTATE_BV  512
#define HEADER_END 576

#define FCW_INIT   0x37f
#define MXCSR_BITS 0xffffu

#define EMPTY 3u /* a tag of the full tag word */

static uint8_t *image_of(const struct target *t, unsigned int vcpu)
{
	return (uint8_t *)t->vm + vcpu_offset(vcpu) + FPU_OFFSET;
}

static uint64_t host_components(void)
{
	uint32_t eax, ebx, ecx, edx;

	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_OSXSAVE))
		return 0;
	__asm__("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
	return (uint64_t)edx << 32 | eax;
}

/* Where a component is; 0 if the host has it not. */
static uint32_t place(unsigned int component, uint32_t size)
{
	uint32_t eax, ebx, ecx, edx;

	if (!(host_components() >> component & 1) ||
	    !__get_cpuid_count(LEAF_XSAVE, component, &eax, &ebx, &ecx, &edx) || eax < size ||
	    ebx < HEADER_END || ebx > IMAGE_SIZE - size)
		return 0;
	return ebx;
}

unsigned int target_features(const struct target *t)
{
	unsigned int features = 0;

	(void)t;
	if (place(AVX, 16 * 16))
		features |= TARGET_HAS_AVX;
	if (place(OPMASK, 8 * 8) && place(ZMM_HIGH, 16 * 32) && place(ZMM_REST, 16 * 64))
		features |= TARGET_HAS_AVX512;
	return features;
}

static uint16_t get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* The abridged tags say only which are empty: SDM vol. 1 10.5.1.1. */
static uint16_t full_tags(const uint8_t *image)
{
	uint16_t top = get16(image + FSW) >> 11 & 7, tags = 0;

	for (unsigned int n = 0; n < 8; n++) {
		const uint8_t *st = image + ST((n - top) & 7);
		uint64_t mantissa;
		uint16_t exponent = get16(st + 8) & 0x7fff;
		unsigned int tag;

		memcpy(&mantissa, st, sizeof(mantissa));
		if (!(image[FTW] >> n & 1))
			tag = EMPTY;
		else if (exponent == 0x7fff)
			tag = 2;
		else if (!exponent)
			tag = mantissa ? 2 : 1;
		else
			tag = mantissa >> 63 ? 0 : 2;
		tags |= (uint16_t)(tag << 2 * n);
	}
	return tags;
}

static uint8_t abridged_tags(uint16_t full)
{
	uint8_t tags = 0;

	for (unsigned int n = 0; n < 8; n++)
		if ((full >> 2 * n & 3) != EMPTY)
			tags |= (uint8_t)(1 << n);
	return tags;
}

static void get_x87(const uint8_t *image, struct target_fpu *fpu)
{
	for (unsigned int n = 0; n < 8; n++)
		memcpy(fpu->st[n], image + ST(n), sizeof(fpu->st[n]));
	fpu->fctrl = get16(image + FCW);
	fpu->fstat = get16(image + FSW);
	fpu->ftag = full_tags(image);
	fpu->fop = get16(image + FOP);
	memcpy(&fpu->fip, image + FIP, sizeof(fpu->fip));
	memcpy(&fpu->fdp, image + FDP, sizeof(fpu->fdp));
}

static void set_x87(uint8_t *image, const struct target_fpu *fpu)
{
	for (unsigned int n = 0; n < 8; n++)
		memcpy(image + ST(n), fpu->st[n], sizeof(fpu->st[n]));
	memcpy(image + FCW, &fpu->fctrl, sizeof(fpu->fctrl));
	memcpy(image + FSW, &fpu->fstat, sizeof(fpu->fstat));
	image[FTW] = abridged_tags(fpu->ftag);
	image[FTW + 1] = 0;
	memcpy(image + FOP, &fpu->fop, sizeof(fpu->fop));
	memcpy(image + FIP, &fpu->fip, sizeof(fpu->fip));
	memcpy(image + FDP, &fpu->fdp, sizeof(fpu->fdp));
}

/* Parts of the vector registers and the masks: where in the image, and whose. */
struct part {
	unsigned int component, first, count, offset, size; /* of each register */
};

static const struct part parts[] = {
	{ SSE, 0, 16, 0, 16 },
	{ AVX, 0, 16, 16, 16 },
	{ ZMM_HIGH, 0, 16, 32, 32 },
	{ ZMM_REST, 16, 16, 0, 64 },
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

static uint32_t place_of(const struct part *p)
{
	return p->component == SSE ? XMM(0) : place(p->component, p->count * p->size);
}

int target_get_fpu(struct target *t, unsigned int vcpu, struct target_fpu *fpu)
{
	int err = target_needs(t, vcpu);
	uint8_t image[IMAGE_SIZE];
	uint64_t present;

	if (err)
		return err;
	memcpy(image, image_of(t, vcpu), sizeof(image));
	memcpy(&present, image + XSTATE_BV, sizeof(present));
	memset(fpu, 0, sizeof(*fpu));
	fpu->fctrl = FCW_INIT;
	fpu->ftag = 0xffff;
	if (present >> X87 & 1)
		get_x87(image, fpu);
	memcpy(&fpu->mxcsr, image + MXCSR, sizeof(fpu->mxcsr));
	for (unsigned int i = 0; i < PARTS; i++) {
		const struct part *p = &parts[i];
		uint32_t at = place_of(p);

		if (!at || !(present >> p->component & 1))
			continue;
		for (unsigned int n = 0; n < p->count; n++)
			memcpy(fpu->vector[p->first + n] + p->offset, image + at + n * p->size,
			       p->size);
	}
	if ((present >> OPMASK & 1) && place(OPMASK, sizeof(fpu->mask)))
		memcpy(fpu->mask, image + place(OPMASK, sizeof(fpu->mask)), sizeof(fpu->mask));
	return 0;
}

int target_set_fpu(struct target *t, unsigned int vcpu, const struct target_fpu *fpu)
{
	int err = target_needs(t, vcpu);
	uint64_t header[(HEADER_END - XSTATE_BV) / 8] = { 0 };
	uint8_t *image;
	uint32_t mxcsr = fpu->mxcsr & MXCSR_BITS, at;

	if (err)
		return err;
	image = image_of(t, vcpu);
	memcpy(header, image + XSTATE_BV, sizeof(header[0]));
	header[0] = (header[0] & host_components()) | 1u << X87 | 1u << SSE;
	set_x87(image, fpu);
	memcpy(image + MXCSR, &mxcsr, sizeof(mxcsr));
	for (unsigned int i = 0; i < PARTS; i++) {
		const struct part *p = &parts[i];

		at = place_of(p);
		if (!at)
			continue;
		header[0] |= 1ull << p->component;
		for (unsigned int n = 0; n < p->count; n++)
			memcpy(image + at + n * p->size, fpu->vector[p->first + n] + p->offset,
			       p->size);
	}
	at = place(OPMASK, sizeof(fpu->mask));
	if (at) {
		header[0] |= 1ull << OPMASK;
		memcpy(image + at, fpu->mask, sizeof(fpu->mask));
	}
	memcpy(image + XSTATE_BV, header, sizeof(header));
	return 0;
}
