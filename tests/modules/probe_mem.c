// SPDX-License-Identifier: GPL-2.0
/*
 * probe_mem.c - what BPF programs read through pointers that nobody has checked (PROBE_MEM, as
 * BTF pointers are followed): the kernel's own memory, wherever it is, and a zero of all else.
 *
 * Runs: in the guest's kernel. The verifier makes such loads only with BTF of all of the kernel;
 * here they are made by hand, and go through the JIT.
 */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#define VALUE 0x1122334455667788ull

static u64 in_module = VALUE;
static DEFINE_PER_CPU(u64, in_per_cpu) = VALUE;

/* The kernel finds a faulting program by its symbols, which are not made for modules. */
static void (*symbols_add)(struct bpf_prog *prog);
static void (*symbols_del)(struct bpf_prog *prog);

static void *function(const char *name)
{
	struct kprobe probe = { .symbol_name = name };
	void *at = NULL;

	if (!register_kprobe(&probe)) {
		at = probe.addr;
		unregister_kprobe(&probe);
	}
	return at;
}

/* One load of @size (BPF_DW, ...) bytes at @offset from its argument. */
static struct bpf_prog *loader(int size, s16 offset)
{
	struct bpf_prog *prog = bpf_prog_alloc(bpf_prog_size(2), 0);
	int error;

	if (!prog)
		return NULL;
	prog->len = 2;
	prog->type = BPF_PROG_TYPE_SOCKET_FILTER;
	prog->aux->num_exentries = 1;
	prog->insnsi[0] = BPF_LDX_MEM(size, BPF_REG_0, BPF_REG_1, offset);
	prog->insnsi[0].code = BPF_LDX | BPF_PROBE_MEM | size;
	prog->insnsi[1] = BPF_EXIT_INSN();
	prog = bpf_prog_select_runtime(prog, &error);
	if (error || !prog->jited) {
		pr_err("probe_mem: not compiled: %d\n", error);
		bpf_prog_free(prog);
		return NULL;
	}
	symbols_add(prog);
	return prog;
}

/* bpf_prog_run() gives 32 bits of it. */
static u64 run(struct bpf_prog *prog, u64 pointer)
{
	u64 (*code)(const void *context) = (void *)prog->bpf_func;

	return code((void *)pointer);
}

static int expect(const char *what, u64 at, u64 value)
{
	static const s16 offsets[] = { 0, 8, -8, S16_MAX, S16_MIN };
	static const struct {
		int size;
		u64 mask;
	} sizes[] = { { BPF_DW, ~0ull }, { BPF_W, ~0u }, { BPF_H, 0xffff }, { BPF_B, 0xff } };
	int wrong = 0;

	for (int i = 0; i < ARRAY_SIZE(offsets) * ARRAY_SIZE(sizes); i++) {
		int size = i % ARRAY_SIZE(sizes);
		s16 offset = offsets[i / ARRAY_SIZE(sizes)];
		struct bpf_prog *prog = loader(sizes[size].size, offset);
		u64 got;

		if (!prog)
			return 1;
		got = run(prog, at - offset);
		if (got != (value & sizes[size].mask)) {
			pr_err("probe_mem: %s at %llx, offset %d, size %d: %llx, not %llx\n", what, at,
			       offset, size, got, value & sizes[size].mask);
			wrong = 1;
		}
		symbols_del(prog);
		bpf_prog_free(prog);
	}
	return wrong;
}

static int __init probe_mem_init(void)
{
	u64 *slab = kmalloc(sizeof(*slab), GFP_KERNEL), *area = vmalloc(PAGE_SIZE);
	unsigned long user = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, 0);
	u64 value = VALUE;
	int wrong = 0;

	symbols_add = function("bpf_prog_kallsyms_add");
	symbols_del = function("bpf_prog_kallsyms_del");
	if (!slab || !area || IS_ERR_VALUE(user) || !symbols_add || !symbols_del ||
	    copy_to_user((void __user *)user, &value, sizeof(value)))
		return -ENOMEM;
	*slab = *area = VALUE;
	wrong |= expect("the direct map", (u64)slab, VALUE);
	wrong |= expect("vmalloc's area", (u64)area, VALUE);
	wrong |= expect("the stack", (u64)&value, VALUE);
	wrong |= expect("a module", (u64)&in_module, VALUE);
	wrong |= expect("a CPU's memory", (u64)this_cpu_ptr(&in_per_cpu), VALUE);
	wrong |= expect("the image", (u64)symbols_add, *(u64 *)symbols_add);
	wrong |= expect("a user's page", user, 0);
	wrong |= expect("nothing", 0, 0);
	wrong |= expect("an error for a pointer", (u64)ERR_PTR(-EINVAL), 0);
	wrong |= expect("no address", 1ull << 62, 0);
	wrong |= expect("the end of user space", TASK_SIZE_MAX, 0);
	/* nothing is mapped behind an area: the load faults, and is fixed up */
	wrong |= expect("behind an area of vmalloc's", (u64)area + PAGE_SIZE, 0);
	kfree(slab);
	vfree(area);
	vm_munmap(user, PAGE_SIZE);
	return wrong ? -EINVAL : 0;
}

static void __exit probe_mem_exit(void)
{
}

module_init(probe_mem_init);
module_exit(probe_mem_exit);
MODULE_LICENSE("GPL");
