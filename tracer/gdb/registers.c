// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * registers.c - a vCPU's registers as gdb numbers and describes them.
 *
 * Runs: in the tracer; keeps nothing.
 *
 * Names, types and order within a feature are those of gdb's own descriptions
 * (gdb/features/i386); control registers and EFER are called as in QEMU's.
 */
#include "registers.h"

#include <stdio.h>
#include <string.h>

#define REGS(field) offsetof(struct registers, regs.field)
#define FPU(field)  offsetof(struct registers, fpu.field)

struct reg {
	const char *name;
	uint8_t size;	/* bytes, for gdb */
	uint8_t stored; /* bytes in struct registers; the rest is 0 */
	uint16_t at;
	const char *type;
};

#define INTEGER(name, at)	   { name, 8, 8, at, "int64" }
#define POINTER(name, at, type)	   { name, 8, 8, at, type }
#define SELECTOR(name, at)	   { name, 4, 2, at, "int32" }
#define X87_CONTROL(name, used, at) { name, 4, used, at, "int" }
#define X87(n)			   { "st" #n, 10, 10, FPU(st[n]), "i387_ext" }
#define XMM(n)			   { "xmm" #n, 16, 16, FPU(vector[n]), "vec128" }
#define YMMH(n)			   { "ymm" #n "h", 16, 16, FPU(vector[n][16]), "uint128" }
#define ZMMH(n)			   { "zmm" #n "h", 32, 32, FPU(vector[n][32]), "v2ui128" }
#define MASK(n)			   { "k" #n, 8, 8, FPU(mask[n]), "uint64" }

#define EIGHT(R, a, b, c, d, e, f, g, h) R(a), R(b), R(c), R(d), R(e), R(f), R(g), R(h)
#define FIRST_8(R)   EIGHT(R, 0, 1, 2, 3, 4, 5, 6, 7)
#define FIRST_16(R)  FIRST_8(R), EIGHT(R, 8, 9, 10, 11, 12, 13, 14, 15)
#define SECOND_16(R)                                                                               \
	EIGHT(R, 16, 17, 18, 19, 20, 21, 22, 23), EIGHT(R, 24, 25, 26, 27, 28, 29, 30, 31)

static const struct reg core[] = {
	INTEGER("rax", REGS(r[GPR_RAX])),
	INTEGER("rbx", REGS(r[GPR_RBX])),
	INTEGER("rcx", REGS(r[GPR_RCX])),
	INTEGER("rdx", REGS(r[GPR_RDX])),
	INTEGER("rsi", REGS(r[GPR_RSI])),
	INTEGER("rdi", REGS(r[GPR_RDI])),
	POINTER("rbp", REGS(r[GPR_RBP]), "data_ptr"),
	POINTER("rsp", REGS(r[GPR_RSP]), "data_ptr"),
	INTEGER("r8", REGS(r[GPR_R8])),
	INTEGER("r9", REGS(r[GPR_R9])),
	INTEGER("r10", REGS(r[GPR_R10])),
	INTEGER("r11", REGS(r[GPR_R11])),
	INTEGER("r12", REGS(r[GPR_R12])),
	INTEGER("r13", REGS(r[GPR_R13])),
	INTEGER("r14", REGS(r[GPR_R14])),
	INTEGER("r15", REGS(r[GPR_R15])),
	POINTER("rip", REGS(rip), "code_ptr"),
	{ "eflags", 4, 4, REGS(rflags), "i386_eflags" },
	SELECTOR("cs", REGS(cs)),
	SELECTOR("ss", REGS(ss)),
	SELECTOR("ds", REGS(ds)),
	SELECTOR("es", REGS(es)),
	SELECTOR("fs", REGS(fs)),
	SELECTOR("gs", REGS(gs)),
	FIRST_8(X87),
	X87_CONTROL("fctrl", 2, FPU(fctrl)),
	X87_CONTROL("fstat", 2, FPU(fstat)),
	X87_CONTROL("ftag", 2, FPU(ftag)),
	X87_CONTROL("fiseg", 4, FPU(fip) + 4),
	X87_CONTROL("fioff", 4, FPU(fip)),
	X87_CONTROL("foseg", 4, FPU(fdp) + 4),
	X87_CONTROL("fooff", 4, FPU(fdp)),
	X87_CONTROL("fop", 2, FPU(fop)),
};

static const struct reg sse[] = {
	FIRST_16(XMM),
	{ "mxcsr", 4, 4, FPU(mxcsr), "i386_mxcsr" },
};

static const struct reg segments[] = {
	INTEGER("fs_base", REGS(fs_base)),
	INTEGER("gs_base", REGS(gs_base)),
};

static const struct reg control[] = {
	INTEGER("k_gs_base", REGS(kernel_gs_base)),
	POINTER("cr0", REGS(cr0), "cr0"),
	POINTER("cr2", REGS(cr2), "data_ptr"),
	INTEGER("cr3", REGS(cr3)),
	POINTER("cr4", REGS(cr4), "cr4"),
	INTEGER("cr8", REGS(cr8)),
	POINTER("efer", REGS(efer), "efer"),
};

static const struct reg avx[] = { FIRST_16(YMMH) };

static const struct reg avx512[] = {
	SECOND_16(XMM), SECOND_16(YMMH), FIRST_8(MASK), FIRST_16(ZMMH), SECOND_16(ZMMH),
};

#define FIELD(name, from, to) "<field name=\"" name "\" start=\"" #from "\" end=\"" #to "\"/>"
#define BIT(name, n)	      FIELD(name, n, n)
#define VECTOR(id, of, n)     "<vector id=\"" id "\" type=\"" of "\" count=\"" #n "\"/>"
#define MEMBER(name, of)      "<field name=\"" name "\" type=\"" of "\"/>"

static const char core_types[] =
	"<flags id=\"i386_eflags\" size=\"4\">"
	BIT("CF", 0) BIT("", 1) BIT("PF", 2) BIT("AF", 4) BIT("ZF", 6) BIT("SF", 7) BIT("TF", 8)
	BIT("IF", 9) BIT("DF", 10) BIT("OF", 11) BIT("NT", 14) BIT("RF", 16) BIT("VM", 17)
	BIT("AC", 18) BIT("VIF", 19) BIT("VIP", 20) BIT("ID", 21) "</flags>";

#define VEC128                                                                                 \
	VECTOR("v4f", "ieee_single", 4) VECTOR("v2d", "ieee_double", 2)                        \
	VECTOR("v16i8", "int8", 16) VECTOR("v8i16", "int16", 8) VECTOR("v4i32", "int32", 4)    \
	VECTOR("v2i64", "int64", 2) "<union id=\"vec128\">" MEMBER("v4_float", "v4f")           \
	MEMBER("v2_double", "v2d") MEMBER("v16_int8", "v16i8") MEMBER("v8_int16", "v8i16")     \
	MEMBER("v4_int32", "v4i32") MEMBER("v2_int64", "v2i64") MEMBER("uint128", "uint128")   \
	"</union>"

static const char sse_types[] =
	VEC128 "<flags id=\"i386_mxcsr\" size=\"4\">"
	BIT("IE", 0) BIT("DE", 1) BIT("ZE", 2) BIT("OE", 3) BIT("UE", 4) BIT("PE", 5) BIT("DAZ", 6)
	BIT("IM", 7) BIT("DM", 8) BIT("ZM", 9) BIT("OM", 10) BIT("UM", 11) BIT("PM", 12)
	BIT("FZ", 15) "</flags>";

/* SDM vol. 3 2.5 and 2.2.1 */
static const char control_types[] =
	"<flags id=\"cr0\" size=\"8\">"
	BIT("PE", 0) BIT("MP", 1) BIT("EM", 2) BIT("TS", 3) BIT("ET", 4) BIT("NE", 5) BIT("WP", 16)
	BIT("AM", 18) BIT("NW", 29) BIT("CD", 30) BIT("PG", 31) "</flags>"
	"<flags id=\"cr4\" size=\"8\">"
	BIT("VME", 0) BIT("PVI", 1) BIT("TSD", 2) BIT("DE", 3) BIT("PSE", 4) BIT("PAE", 5)
	BIT("MCE", 6) BIT("PGE", 7) BIT("PCE", 8) BIT("OSFXSR", 9) BIT("OSXMMEXCPT", 10)
	BIT("UMIP", 11) BIT("LA57", 12) BIT("VMXE", 13) BIT("SMXE", 14) BIT("FSGSBASE", 16)
	BIT("PCIDE", 17) BIT("OSXSAVE", 18) BIT("SMEP", 20) BIT("SMAP", 21) BIT("PKE", 22)
	"</flags>"
	"<flags id=\"efer\" size=\"8\">"
	BIT("SCE", 0) BIT("LME", 8) BIT("LMA", 10) BIT("NXE", 11) "</flags>";

static const char avx512_types[] = VEC128 VECTOR("v2ui128", "uint128", 2);

struct feature {
	const char *name, *types;
	const struct reg *reg;
	unsigned int count;
	unsigned int need; /* TARGET_HAS_* */
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Those that not every machine has come last, each with the ones before it. */
static const struct feature features[] = {
	{ "org.gnu.gdb.i386.core", core_types, core, COUNT(core), 0 },
	{ "org.gnu.gdb.i386.sse", sse_types, sse, COUNT(sse), 0 },
	{ "org.gnu.gdb.i386.segments", "", segments, COUNT(segments), 0 },
	{ "umvmm.control", control_types, control, COUNT(control), 0 },
	{ "org.gnu.gdb.i386.avx", "", avx, COUNT(avx), TARGET_HAS_AVX },
	{ "org.gnu.gdb.i386.avx512", avx512_types, avx512, COUNT(avx512), TARGET_HAS_AVX512 },
};

static bool has(const struct feature *f, unsigned int have)
{
	return (f->need & have) == f->need;
}

unsigned int registers_count(unsigned int have)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < COUNT(features) && has(&features[i], have); i++)
		count += features[i].count;
	return count;
}

static const struct reg *find(unsigned int n)
{
	unsigned int i = 0;

	while (n >= features[i].count)
		n -= features[i++].count;
	return &features[i].reg[n];
}

size_t registers_size(unsigned int n)
{
	return find(n)->size;
}

bool registers_is_fpu(unsigned int n)
{
	return find(n)->at >= offsetof(struct registers, fpu);
}

size_t registers_get(const struct registers *r, unsigned int n, void *bytes)
{
	const struct reg *reg = find(n);

	memset(bytes, 0, reg->size);
	memcpy(bytes, (const char *)r + reg->at, reg->stored);
	return reg->size;
}

size_t registers_put(struct registers *r, unsigned int n, const void *bytes)
{
	const struct reg *reg = find(n);

	memcpy((char *)r + reg->at, bytes, reg->stored);
	return reg->size;
}

size_t registers_xml(char xml[static REGISTERS_XML_MAX], unsigned int have)
{
	FILE *out = fmemopen(xml, REGISTERS_XML_MAX, "w");
	long size;

	if (!out)
		return 0;
	fprintf(out, "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
		     "<target version=\"1.0\"><architecture>i386:x86-64</architecture>");
	for (unsigned int i = 0; i < COUNT(features) && has(&features[i], have); i++) {
		const struct feature *f = &features[i];

		fprintf(out, "<feature name=\"%s\">%s", f->name, f->types);
		for (const struct reg *reg = f->reg; reg < f->reg + f->count; reg++)
			fprintf(out, "<reg name=\"%s\" bitsize=\"%u\" type=\"%s\"/>", reg->name,
				8u * reg->size, reg->type);
		fprintf(out, "</feature>");
	}
	fprintf(out, "</target>");
	size = ftell(out);
	return fclose(out) == 0 && size > 0 ? (size_t)size : 0;
}
