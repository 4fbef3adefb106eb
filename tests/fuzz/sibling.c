// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sibling.c - fuzzes a context that runs a hostile user sibling: hand-offs, frames, and
 * what stands in the mailbox when it has stopped.
 *
 * Input: steps. The context runs the user, gives an order, or makes a call; between
 * an answer and the next hand-off, and while the context polls, the user writes what it
 * likes, or the host refuses an order. The host's side of seccomp is played here.
 * Must hold: with each answer the mailbox has the context's orders and no others, and no call;
 * nothing that user code does ends the VM; with `pending` set, the context gets away.
 */
#include <setjmp.h>
#include <stdbool.h>

#include "hosted.h"

#include "../../umvmm/monitor/context/host.h"

static long received(struct seccomp_notif *n);
static long answered(const struct seccomp_notif_resp *a);
static long kicked(int sig);
#define host_notif_recv(listener, n)	   received(n)
#define host_notif_send(listener, answer)  answered(answer)
#define host_pidfd_send_signal(pidfd, sig) kicked(sig)
#include "../../umvmm/monitor/context/sibling.c"
#include "../../umvmm/monitor/context/sibling_frame.c"
static void poll_order(uint64_t offset);
static void works(void);
#define sibling_setaffinity poll_order
#define cpu_relax	    works
#include "../../umvmm/monitor/context/sibling_poll.c"
#undef sibling_setaffinity
#undef cpu_relax

#define COOKIE	0x123456789abcdef0ull
#define SLOT	3u
#define PID	4711
#define STOPS	64 /* of a run until the user must have been interrupted */
#define KINDS	4u

/* Where the monitor's symbols would be. */
char sibling_gate_area[256];
__asm__(".globl sibling_site_gate, sibling_enter, sibling_gate_end, sibling_resume, sibling_resume_end\n"
	".globl sibling_saved, sibling_spin, sibling_spin_end, sibling_go, sibling_go_end\n"
	".set sibling_site_gate, sibling_gate_area\n"
	".set sibling_enter, sibling_gate_area + 64\n"
	".set sibling_gate_end, sibling_gate_area + 71\n"
	".set sibling_resume, sibling_gate_area + 71\n"
	".set sibling_resume_end, sibling_gate_area + 192\n"
	".set sibling_saved, sibling_gate_area + 40\n"
	".set sibling_spin, sibling_gate_area + 48\n"
	".set sibling_spin_end, sibling_gate_area + 56\n"
	".set sibling_go, sibling_gate_area + 192\n"
	".set sibling_go_end, sibling_gate_area + 224\n");

static const uint8_t *input;
static size_t left;
static jmp_buf back;
static struct sibling_op expected[SIBLING_OPS];
static uint32_t expected_count;
static bool in_user, may_refuse, has_refused;
static bool waits; /* in a hand-off that was heard: the host vouches for it */
static unsigned int stops;

static uint8_t byte(void)
{
	if (!left)
		return 0;
	left--;
	return *input++;
}

static uint64_t word(void)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < 8; i++)
		v |= (uint64_t)byte() << 8 * i;
	return v;
}

static struct sibling_box *box(void)
{
	return sibling_box(SLOT);
}

/* SECCOMP_IOCTL_NOTIF_SEND: the sibling goes on with what is in its mailbox now. */
static long answered(const struct seccomp_notif_resp *a)
{
	if (!waits)
		abort();
	waits = false;
	if (sibling_poll_called(box())) /* what was told in advance is forgotten */
		abort();
	if (!box()->nops) /* they were carried out when the user stopped */
		expected_count = 0;
	if ((uint64_t)a->val != COOKIE || box()->nops != expected_count)
		abort();
	for (uint32_t i = 0; i < expected_count; i++)
		if (memcmp(&box()->op[i], &expected[i], offsetof(struct sibling_op, result)))
			abort();
	in_user = !box()->again;
	return 0;
}

/* No room for what order I maps: what is left but user mappings, then all of these go. */
static void without_user_mappings(uint32_t i)
{
	uint32_t n = 0;

	for (; i < expected_count; i++)
		if (!is_user_mapping(&expected[i]))
			expected[n++] = expected[i];
	expected[n++] = (struct sibling_op){ __NR_munmap, { 0, UMVMM_WINDOW_START }, 0 };
	expected[n++] = (struct sibling_op){
		__NR_munmap, { UMVMM_WINDOW_END, UMVMM_RANGE_START - UMVMM_WINDOW_END }, 0
	};
	expected[n++] = (struct sibling_op){
		__NR_munmap, { UMVMM_RANGE_END, ADDRESS_SPACE_END - UMVMM_RANGE_END }, 0
	};
	expected_count = n;
}

/* The host refuses order I. As refused() has it, which may end the VM instead. */
static void genuine_failure(struct seccomp_notif *n, uint32_t i, bool ends)
{
	n->data.args[0] = (uint64_t)SIBLING_FAILED;
	n->data.args[1] = i;
	n->data.args[2] = (uint64_t)(ends ? -ENOMEM : -1);
	may_refuse = true;
	if (expected[i].nr == DEBUG_CALL || expected[i].nr == __NR_sched_setaffinity) {
		expected_count = 0;
	} else if (expected[i].nr == __NR_mprotect && ends) {
		expected[i].nr = __NR_munmap;
		memmove(expected, expected + i, (expected_count - i) * sizeof(expected[0]));
		expected_count -= i;
	} else if (ends && is_user_mapping(&expected[i])) {
		without_user_mappings(i);
	}
}

/* User code writes to its mailbox. */
static void scribble(unsigned int most)
{
	size_t used = hosted_scribble((uint8_t *)box(), SIBLING_SIZE, input, left, most);

	input += used;
	left -= used;
}

/* At each turn of the context's polling. */
static void works(void)
{
	uint8_t what = byte();

	if (!left)
		box()->leaving = 1;
	else if (what & 1)
		box()->call = box()->answer + (what >> 1 & 3);
	else
		scribble(what >> 1 & 7);
}

static void with_cookie(struct seccomp_notif *n)
{
	n->data.args[3] = COOKIE & ~0xffffffffull;
	n->data.args[4] = COOKIE << 32;
}

/* What looks most like a frame of the host. */
static void likely_frame(struct seccomp_notif *n)
{
	static const uint64_t rips[] = { 0x1000, (uintptr_t)sibling_site_gate, (uintptr_t)sibling_enter,
					 (uintptr_t)sibling_resume, (uintptr_t)sibling_spin,
					 (uintptr_t)sibling_go };
	struct host_ucontext *uc = (void *)((uint8_t *)box() + SIBLING_STACK + 0x1000);

	n->data.args[1] = UMVMM_SIBLING + SIBLING_STACK;
	n->data.args[2] = UMVMM_SIBLING + SIBLING_STACK + 0x1000;
	uc->fpstate = UMVMM_SIBLING + SIBLING_STACK + 0x1800;
	uc->rip = rips[byte() % 6] + byte() % 4;
	uc->trapno = byte();
	uc->rdi = byte() & 1 ? ~0ull : 0;
}

/* SECCOMP_IOCTL_NOTIF_RECV: the sibling's next hand-off. */
static long received(struct seccomp_notif *n)
{
	uint8_t what = byte();

	*n = (struct seccomp_notif){ .id = 1, .pid = PID };
	waits = true;
	if (++stops > STOPS)
		longjmp(back, 1);
	may_refuse = false;
	this_vcpu->pending |= what >> 7; /* an interrupt */
	if (expected_count && what % KINDS == 0) {
		genuine_failure(n, what / KINDS % expected_count, byte() & 1);
		with_cookie(n);
		return 0;
	}
	if (!in_user) {
		n->data.args[0] = (uint64_t)SIBLING_DONE;
		with_cookie(n);
		expected_count = 0;
		return 0;
	}
	for (unsigned int i = 0; i < 5; i++)
		n->data.args[i] = i < 3 ? (uint64_t)(int64_t)(int8_t)byte() : word();
	if (what & 64)
		likely_frame(n);
	scribble(what >> 2 & 7);
	if (byte() & 1) /* its next call, in advance */
		box()->call = box()->answer + 1;
	if ((n->data.args[3] >> 32 << 32 | n->data.args[4] >> 32) == COOKIE)
		n->data.args[4] = 0; /* that it cannot know */
	return 0;
}

static long kicked(int sig)
{
	if (sig != SIGUSR1)
		abort();
	return 0;
}

/* ---- the rest of the monitor ---- */

void monitor_bug(const char *fmt, ...)
{
	(void)fmt;
	abort();
}

void guest_fault(const char *fmt, ...)
{
	(void)fmt;
	abort();
}

void host_refused(const char *fmt, ...)
{
	(void)fmt;
	if (!may_refuse)
		abort();
	has_refused = true;
	longjmp(back, 1);
}

static bool resumed;

void resume(void)
{
	resumed = true;
	longjmp(back, 1);
}

void resume_from_signal(void)
{
	resume();
}

/* `pending` is set all the time: an interrupt is delivered. */
void resume_deliver(void)
{
	this_vcpu->cpl = 0;
}

void signal_from_guest(int sig, const struct host_siginfo *si, const struct host_ucontext *uc)
{
	(void)si;
	(void)uc;
	/* what would end the VM, or is the kernel's alone */
	if (ctx.fpstate && (sig == SIGSEGV || sig == SIGFPE || sig == SIGBUS) &&
	    (uc->trapno == VEC_NMI || uc->trapno == VEC_DF || uc->trapno == 18 || uc->trapno > 31))
		abort();
}

void signal_take_regs(const struct host_ucontext *uc)
{
	ctx.regs.rip = uc->rip;
	ctx.regs.rflags = uc->rflags;
}

void inject_exception(unsigned int vector, uint32_t error_code)
{
	(void)error_code;
	if (vector != VEC_GP)
		abort();
}

void context_publish(int32_t pid, int32_t kick_fd)
{
	(void)pid;
	(void)kick_fd;
}

void redirect_gated(void)
{
}

void sibling_order_birth(void)
{
}

void sibling_make(void)
{
}

void debug_sync_sibling(void)
{
}

void site_unmapped(uint64_t start, uint64_t len)
{
	(void)start;
	(void)len;
}

struct runs {
	int none;
} sibling_runs;

void runs_clear(struct runs *set)
{
	(void)set;
}

uint64_t site_resume_rip(void)
{
	return ctx.regs.rip;
}

int site_leave_stub(void)
{
	return 0;
}

static void begin(void)
{
	static bool mapped;

	if (!mapped) {
		hosted_map(UMVMM_VCPU_ADDR, VCPU_STRIDE);
		hosted_map(UMVMM_CONTEXTS, CONTEXTS_SIZE);
		hosted_map(UMVMM_VM_ADDR, VM_SHARED_SIZE);
		hosted_map(SIBLINGS_WINDOW, SIBLINGS_SIZE);
		mapped = true;
	}
	memset(this_vcpu, 0, sizeof(*this_vcpu));
	memset(vcpu_area, 0, sizeof(*vcpu_area));
	memset(&ctx_table->v[SLOT], 0, sizeof(ctx_table->v[SLOT]));
	memset(box(), 0, SIBLING_SIZE);
	vm_page->sibling_cookie = COOKIE;
	vm_page->poll = VM_POLL_ALWAYS;
	vm_page->tsc_khz = 2000000;
	sibling_poll = (struct sibling_poll){ 0 };
	may_not_move = 0;
	this_vcpu->split = 1;
	ctx = (struct ctx){ .xmask = xsave_mask(), .slot = SLOT };
	if (!image_size)
		sibling_frame_init();
	orders.n = 0;
	expected_count = 0;
	waits = true;
	ctx_table->v[SLOT].user_pid = PID;
	ctx_table->v[SLOT].user_id = 1;
}

static void expect(struct sibling_op op)
{
	if (!orders.n)
		expected_count = 0;
	if (orders.n == SIBLING_OPS) { /* the others are carried out first */
		sibling_order(op.nr, op.arg[0], op.arg[1], op.arg[2], 0, 0, 0);
		expected_count = 0;
	} else {
		sibling_order(op.nr, op.arg[0], op.arg[1], op.arg[2], 0, 0, 0);
	}
	expected[expected_count++] = op;
}

/* To other host CPUs. */
static void poll_order(uint64_t offset)
{
	if (orders.n > 1)
		abort();
	expect((struct sibling_op){ .nr = __NR_sched_setaffinity,
				    .arg = { 0, sizeof(box()->cpus_all), UMVMM_SIBLING + offset } });
}

static void order(void)
{
	static const uint64_t numbers[] = { __NR_mmap, __NR_munmap, __NR_mprotect, DEBUG_CALL };
	struct sibling_op op = { .nr = numbers[byte() % 4], .arg = { 0x1000ull * byte(), 4096 } };

	/* DEBUG_CALL stands alone */
	if (op.nr == DEBUG_CALL && orders.n)
		op.nr = __NR_munmap;
	expect(op);
}

static void run_user(void)
{
	this_vcpu->cpl = 3;
	this_vcpu->pending = byte() & 1;
	resumed = false;
	sibling_run();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input = data;
	left = size;
	begin();
	hosted_bases(size & 1);
	has_refused = false;
	while (left && !has_refused) {
		stops = 0;
		if (setjmp(back)) {
			/* interrupted at last, whatever it says */
			if (!has_refused && !resumed && this_vcpu->pending)
				abort();
			if (!has_refused && !resumed)
				return 0;
			continue;
		}
		if (byte() & 1)
			order();
		else
			run_user();
	}
	return 0;
}
