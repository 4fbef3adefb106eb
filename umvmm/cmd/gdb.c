// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gdb.c - umvmm gdb NAME: starts gdb on a running VM, with its kernel's symbols.
 *
 * Runs: in a process of its own, which becomes gdb.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/boot/buildid.h>
#include <umvmm/control/client.h>

#include "args.h"

struct request {
	const char *name;
	const char *vmlinux; /* -k */
	char **options;	     /* gdb's */
	int option_count;
};

/* Of the VM, as its manager says. */
struct guest {
	char kernel[PATH_MAX];
	char socket[PATH_MAX];
	char buildid[BUILDID_TEXT];
};

static int parse(struct request *r, struct args *args)
{
	int found;

	*r = (struct request){ 0 };
	while ((found = args_next(args)) != ARG_END) {
		if (found == ARG_OVER)
			return -1;
		if (found == 'k')
			r->vmlinux = args->value;
		else if (!r->name)
			r->name = args->value;
		else
			return args_wrong(args, "%s: unexpected", args->value);
	}
	if (!r->name)
		return args_wrong(args, "which VM? umvmm list names them");
	r->options = args->argv + args_rest(args);
	r->option_count = args->argc - args_rest(args);
	return 0;
}

static int ask(const char *name, struct guest *guest)
{
	char answer[2 * PATH_MAX * 6 + 1024];
	int err = client_ask(name, "gdb", answer, sizeof(answer));

	if (err < 0)
		return fail("gdb %s: %s", name, client_error_text(err));
	if (!client_string(answer, "kernel", guest->kernel, sizeof(guest->kernel)) ||
	    !client_string(answer, "socket", guest->socket, sizeof(guest->socket)) ||
	    !client_string(answer, "build_id", guest->buildid, sizeof(guest->buildid)))
		return fail("gdb %s: %s", name, CLIENT_OTHER_VERSION);
	return 0;
}

/* The file's symbols are those of the guest: 0, or -1 after a message. */
static int judge(const char *path, const uint8_t *elf, size_t size, const struct guest *guest)
{
	char id[BUILDID_TEXT];

	buildid_find(id, elf, size);
	if (strcmp(id, guest->buildid) != 0)
		return fail("gdb: %s is not the kernel that runs: its build id is %s, expected is %s",
			    path, *id ? id : "missing", *guest->buildid ? guest->buildid : "none");
	if (!buildid_has_symbols(elf, size))
		return fail("gdb: %s is stripped; gdb needs the vmlinux with symbols, build id %s",
			    path, guest->buildid);
	return 0;
}

static int check_vmlinux(const char *path, const struct guest *guest)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = -1;
	void *elf;

	if (fd < 0)
		return fail("gdb: %s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 4) {
		fail("gdb: %s: not a kernel", path);
	} else {
		elf = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (elf == MAP_FAILED) {
			fail("gdb: %s: %s", path, strerror(errno));
		} else if (memcmp(elf, "\177ELF", 4) != 0) {
			fail("gdb: %s: no ELF file; the vmlinux with build id %s is needed: -k",
			     path, guest->buildid);
		} else {
			err = judge(path, elf, (size_t)st.st_size, guest);
		}
		if (elf != MAP_FAILED)
			munmap(elf, (size_t)st.st_size);
	}
	close(fd);
	return err;
}

static int is_elf(const char *path)
{
	char magic[4] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, magic, sizeof(magic));

	if (fd >= 0)
		close(fd);
	return n == sizeof(magic) && !memcmp(magic, "\177ELF", sizeof(magic));
}

/* The kernel's own file, or for a bzImage the vmlinux beside it or that it was made of. */
static void find_vmlinux(char *path, size_t size, const struct guest *guest)
{
	static const char *const places[] = { "vmlinux", "../../../vmlinux" };
	char dir[PATH_MAX];

	snprintf(path, size, "%s", guest->kernel);
	if (is_elf(path))
		return;
	snprintf(dir, sizeof(dir), "%s", guest->kernel);
	dirname(dir);
	for (unsigned int i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int n = snprintf(path, size, "%s/%s", dir, places[i]);

		if (n > 0 && (size_t)n < size && is_elf(path))
			return;
	}
	snprintf(path, size, "%s", guest->kernel);
}

static void become_gdb(const struct request *r, const char *vmlinux, const struct guest *guest)
{
	char trust[PATH_MAX + 64], target[PATH_MAX + 32], dir[PATH_MAX];
	char **argv = calloc((size_t)r->option_count + 16, sizeof(*argv));
	int argc = 0;

	if (!argv)
		return;
	snprintf(dir, sizeof(dir), "%s", vmlinux);
	dirname(dir);
	/* the kernel's own commands: vmlinux-gdb.py beside vmlinux */
	snprintf(trust, sizeof(trust), "add-auto-load-safe-path %s", dir);
	snprintf(target, sizeof(target), "target remote %s", guest->socket);
	argv[argc++] = (char[]){ "gdb" };
	argv[argc++] = (char[]){ "-q" };
	argv[argc++] = (char[]){ "-iex" };
	argv[argc++] = trust;
	argv[argc++] = (char[]){ "-ex" };
	argv[argc++] = (char[]){ "set remotetimeout 30" };
	argv[argc++] = (char[]){ "-ex" };
	argv[argc++] = target;
	for (int i = 0; i < r->option_count; i++)
		argv[argc++] = r->options[i];
	argv[argc] = (char *)(uintptr_t)vmlinux;
	execvp("gdb", argv);
	free(argv);
}

static int gdb(struct args *args)
{
	static struct guest guest; /* large */
	char vmlinux[PATH_MAX];
	struct request r;

	if (parse(&r, args) < 0)
		return args->status;
	if (ask(r.name, &guest) < 0)
		return EXIT_SELF;
	if (!r.vmlinux || !realpath(r.vmlinux, vmlinux)) {
		if (r.vmlinux) {
			fail("gdb: %s: %s", r.vmlinux, strerror(errno));
			return EXIT_USAGE;
		}
		find_vmlinux(vmlinux, sizeof(vmlinux), &guest);
	}
	if (check_vmlinux(vmlinux, &guest) < 0)
		return EXIT_SELF;
	become_gdb(&r, vmlinux, &guest);
	fail("gdb: %s%s", strerror(errno), errno == ENOENT ? "; apt-get install gdb" : "");
	return EXIT_SELF;
}

static const struct cmd_option options[] = {
	{ 'k', "kernel", "VMLINUX", "the kernel's file with symbols (default: the one that runs)" },
	{ 0, NULL, NULL, NULL },
};

const struct cmd cmd_gdb = {
	"gdb", " NAME [-k VMLINUX] [-- GDB-OPTIONS...]", options, "debug a VM with gdb", gdb, NULL
};
