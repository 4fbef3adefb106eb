// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * text_pokes.c - the guest kernel changes its own text while it runs: the function tracer
 * on all functions, tracepoints (jump labels and static calls), kprobes on instructions of
 * which some are rewritten, BPF programs. What is switched on works at once on each CPU,
 * and when it is off again every byte of the text is what it was.
 *
 * Flags: guest-only root afterburn
 * Flags: timeout=180
 */
#include <elf.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "test.h"

#define TRACING "/tmp/tracing/"

static uint8_t *kernel_text[2];
static uint64_t text_start, text_size;

static void put(const char *name, const char *text)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), TRACING "%s", name);
	fd = open(path, O_WRONLY | O_APPEND);
	EXPECT(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s to %s: %s",
	       text, path, strerror(errno));
	close(fd);
}

static void truncate_file(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), TRACING "%s", name);
	fd = open(path, O_WRONLY | O_TRUNC);
	EXPECT(fd >= 0, "%s: %s", path, strerror(errno));
	close(fd);
}

/* How often WHAT is in the trace. */
static unsigned int traced(const char *what)
{
	static char line[4096];
	FILE *f = fopen(TRACING "trace", "r");
	unsigned int n = 0;

	REQUIRE(f);
	while (fgets(line, sizeof(line), f))
		n += line[0] != '#' && strstr(line, what);
	fclose(f);
	return n;
}

static uint64_t symbol(const char *name)
{
	FILE *f = fopen("/proc/kallsyms", "r");
	char word[256];
	uint64_t at, found = 0;

	REQUIRE(f);
	while (!found && fscanf(f, "%lx %*c %255s%*[^\n]", &at, word) == 2)
		if (!strcmp(word, name))
			found = at;
	fclose(f);
	REQUIRE(found);
	return found;
}

static void read_text(uint8_t *to)
{
	int fd = open("/proc/kcore", O_RDONLY);
	Elf64_Phdr ph[64];
	Elf64_Ehdr eh;
	unsigned int i;

	REQUIRE(fd >= 0 && pread(fd, &eh, sizeof(eh), 0) == sizeof(eh));
	REQUIRE(eh.e_phnum <= 64);
	REQUIRE(pread(fd, ph, eh.e_phnum * sizeof(ph[0]), (off_t)eh.e_phoff) > 0);
	for (i = 0; i < eh.e_phnum; i++)
		if (ph[i].p_type == PT_LOAD && text_start >= ph[i].p_vaddr &&
		    text_start + text_size <= ph[i].p_vaddr + ph[i].p_memsz)
			break;
	REQUIRE(i < eh.e_phnum);
	for (uint64_t n = 0; n < text_size;) {
		ssize_t got = pread(fd, to + n, text_size - n,
				    (off_t)(ph[i].p_offset + text_start - ph[i].p_vaddr + n));

		REQUIRE(got > 0);
		n += (uint64_t)got;
	}
	close(fd);
}

static unsigned int differences(void)
{
	unsigned int n = 0;

	for (uint64_t i = 0; i < text_size; i++)
		n += kernel_text[0][i] != kernel_text[1][i];
	return n;
}

/* What has been done is undone: the kernel's text is the old one. */
static void expect_same(const char *what)
{
	read_text(kernel_text[1]);
	EXPECT(!differences(), "%s: %u bytes of text differ", what, differences());
}

/* While it lasts one process for each CPU runs through the text that is written. */
static pid_t busy[16];
static int busy_count;

static void start_busy(void)
{
	cpu_set_t all;

	REQUIRE(sched_getaffinity(0, sizeof(all), &all) == 0);
	for (int cpu = 0; cpu < CPU_SETSIZE && busy_count < 16; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		busy[busy_count] = fork();
		REQUIRE(busy[busy_count] >= 0);
		if (busy[busy_count++])
			continue;
		cpu_set_t one;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		for (;;) {
			int fd = open("/proc/self/stat", O_RDONLY);
			char text[64];

			if (fd < 0 || read(fd, text, sizeof(text)) < 1)
				_exit(1);
			close(fd);
			sched_yield();
		}
	}
}

static void end_busy(void)
{
	int status;

	while (busy_count--) {
		EXPECT(waitpid(busy[busy_count], &status, WNOHANG) == 0, "a process has ended");
		kill(busy[busy_count], SIGKILL);
		waitpid(busy[busy_count], &status, 0);
	}
	busy_count = 0;
}

static void function_tracer(void)
{
	unsigned int changed;

	read_text(kernel_text[0]);
	for (int round = 0; round < 2; round++) {
		start_busy();
		put("current_tracer", round ? "function_graph" : "function");
		read_text(kernel_text[1]);
		changed = differences();
		/* five bytes for each function, of which some agree with the nop's */
		EXPECT(changed > 40000, "only %u bytes of text have changed", changed);
		end_busy();
		truncate_file("trace");
		for (int i = 0; i < 10; i++)
			getppid();
		put("tracing_on", "0");
		EXPECT(traced("sys_getppid") >= 10, "getppid was not traced");
		put("tracing_on", "1");
		start_busy();
		put("current_tracer", "nop");
		end_busy();
		expect_same("function tracer");
	}
}

static void tracepoints(void)
{
	for (int round = 0; round < 3; round++) {
		truncate_file("trace");
		put("events/enable", "1");
		getppid();
		usleep(1000);
		put("events/enable", "0");
		EXPECT(traced("sys_getppid") > 0, "no event of getppid");
		EXPECT(traced("sched_switch:") > 0, "no event of a switch");
	}
	expect_same("events");
}

/* Behind the first instruction there are sensitive ones. */
static void kprobes(void)
{
	static const char *const where[] = { "__x64_sys_getppid", "_raw_spin_lock_irqsave",
					     "__do_softirq", "do_idle", "vfs_read" };

	for (unsigned int i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		char text[128];

		snprintf(text, sizeof(text), "p:probe%u %s\n", i, where[i]);
		put("kprobe_events", text);
		snprintf(text, sizeof(text), "r:return%u %s\n", i, where[i]);
		put("kprobe_events", text);
	}
	for (int round = 0; round < 3; round++) {
		truncate_file("trace");
		put("events/kprobes/enable", "1");
		for (int i = 0; i < 20; i++)
			getppid();
		usleep(200000); /* time for optimized ones: jumps */
		for (int i = 0; i < 20; i++)
			getppid();
		put("events/kprobes/enable", "0");
		EXPECT(traced("probe0:") >= 40, "%u of 40", traced("probe0:"));
		EXPECT(traced("return0:") >= 40, "%u of 40", traced("return0:"));
		EXPECT(traced("probe1:") > 0, "none of spin_lock_irqsave");
	}
	truncate_file("kprobe_events");
	usleep(200000);
	expect_same("kprobes");
}

static void set_jit(void)
{
	int fd = open("/proc/sys/net/core/bpf_jit_enable", O_WRONLY);

	EXPECT(fd >= 0 && write(fd, "1", 1) == 1, "bpf_jit_enable: %s", strerror(errno));
	close(fd);
}

/* A filter that cuts each packet to N bytes, N + 1 instructions before. */
static void bpf(void)
{
	static struct sock_filter code[4096];
	int pair[2];
	char got[64];

	set_jit();
	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	for (unsigned int n = 1; n < 40; n++) {
		unsigned int len = n * 25;
		struct sock_fprog prog = { (unsigned short)(len + 1), code };

		for (unsigned int i = 0; i < len; i++)
			code[i] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, i);
		code[len] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, n);
		REQUIRE(setsockopt(pair[0], SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) ==
			0);
		REQUIRE(send(pair[1], "0123456789012345678901234567890123456789", 40, 0) == 40);
		EXPECT(recv(pair[0], got, sizeof(got), 0) == (ssize_t)n, "a filter to %u bytes", n);
	}
	close(pair[0]);
	close(pair[1]);
	expect_same("BPF");
}

int main(void)
{
	mkdir("/tmp", 0777);
	mkdir(TRACING, 0700);
	REQUIRE(mount("tracefs", TRACING, "tracefs", 0, NULL) == 0);
	text_start = symbol("_stext");
	text_size = symbol("_etext") - text_start;
	for (int i = 0; i < 2; i++) {
		kernel_text[i] = malloc(text_size);
		REQUIRE(kernel_text[i]);
	}
	set_jit();
	function_tracer();
	tracepoints();
	kprobes();
	bpf();
	REQUIRE(umount(TRACING) == 0);
	return test_end();
}
