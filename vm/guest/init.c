// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The first and only process of a guest of `khofuzz vm`: does what the host says, a line at a time,
 * over the second serial port. vm/protocol.h has the lines and their answers; the first port is the
 * kernel's console.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/reboot.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#define LINE 8192
#define CALLS "/proc/khofuzz"
/* Where the next kernel and its initramfs lie on the disk: two sizes, then both, on 4K each. */
#define DISK "/dev/vda"
#define BLOCK 4096UL

static int port = -1;

static void put(const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size) {
		ssize_t n = write(port, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		at += n;
		size -= (size_t)n;
	}
}

static void say(const char *text)
{
	put(text, strlen(text));
	put("\n", 1);
}

static void say_errno(const char *what)
{
	char line[256];

	snprintf(line, sizeof(line), "error %d %s: %s", -errno, what, strerror(errno));
	say(line);
}

static int get_line(char *line)
{
	size_t n = 0;

	while (n + 1 < LINE) {
		ssize_t got = read(port, line + n, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		if (line[n] == '\n')
			break;
		n++;
	}
	line[n] = '\0';
	return 0;
}

/* "data SIZE", then so many bytes. Files of /proc and debugfs tell no size beforehand. */
static void send_file(const char *path)
{
	size_t size = 0, room = 1 << 16;
	char *bytes = malloc(room);
	char line[64];
	int fd = open(path, O_RDONLY);

	if (fd < 0 || !bytes) {
		say_errno(path);
		free(bytes);
		return;
	}
	for (;;) {
		ssize_t n;

		if (size == room) {
			char *more = realloc(bytes, room * 2);

			if (!more)
				break;
			bytes = more;
			room *= 2;
		}
		n = read(fd, bytes + size, room - size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		size += (size_t)n;
	}
	close(fd);
	snprintf(line, sizeof(line), "data %zu", size);
	say(line);
	put(bytes, size);
	free(bytes);
}

/* `fail_after`: the allocation after so many fails, of those that this call makes; -1: none. */
static void kernel_call(const char *text, long fail_after)
{
	char answer[512];
	int fd, fail = -1;
	ssize_t n;

	if (fail_after >= 0) {
		char nth[32];

		fail = open("/proc/self/fail-nth", O_RDWR);
		snprintf(nth, sizeof(nth), "%ld", fail_after + 1);
		if (fail < 0) {
			say_errno("/proc/self/fail-nth");
			return;
		}
		fd = open(CALLS, O_RDWR);
		n = write(fail, nth, strlen(nth)) < 0 ? -1 : write(fd, text, strlen(text));
		/* Whatever has not failed is not to fail later. */
		(void)!write(fail, "0", 1);
		close(fail);
	} else {
		fd = open(CALLS, O_RDWR);
		n = write(fd, text, strlen(text));
	}
	if (fd < 0 || n < 0) {
		say_errno(CALLS);
		return;
	}
	n = pread(fd, answer, sizeof(answer) - 1, 0);
	close(fd);
	if (n < 0) {
		say_errno(CALLS);
		return;
	}
	answer[n] = '\0';
	say(answer);
}

static int copy_of_disk(int disk, uint64_t from, uint64_t size)
{
	static char buffer[1 << 16];
	int fd = memfd_create("next", 0);

	while (size && fd >= 0) {
		size_t want = size < sizeof(buffer) ? size : sizeof(buffer);
		ssize_t n = pread(disk, buffer, want, (off_t)from);

		if (n <= 0 || write(fd, buffer, (size_t)n) != n)
			return -1;
		from += (uint64_t)n;
		size -= (uint64_t)n;
	}
	return fd;
}

static void load(const char *command_line)
{
	int disk = open(DISK, O_RDONLY);
	uint64_t sizes[2];
	int kernel, initrd;

	if (disk < 0 || pread(disk, sizes, sizeof(sizes), 0) != sizeof(sizes)) {
		say_errno(DISK);
		return;
	}
	kernel = copy_of_disk(disk, BLOCK, sizes[0]);
	initrd = copy_of_disk(disk, BLOCK + (sizes[0] + BLOCK - 1) / BLOCK * BLOCK, sizes[1]);
	close(disk);
	if (kernel < 0 || initrd < 0)
		say_errno("a copy of the next kernel");
	else if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(command_line) + 1, command_line,
			 0UL))
		say_errno("kexec_file_load");
	else
		say("ok");
	close(kernel);
	close(initrd);
}

static void put_word(const char *path, const char *word)
{
	int fd = open(path, O_WRONLY);

	if (fd >= 0) {
		(void)!write(fd, word, strlen(word));
		close(fd);
	}
}

/* "release=ADDRESS", what khofuzz_guest.c cannot link to; "" where the kernel has no such function. */
static void module_options(char *options, size_t size)
{
	char line[256], name[128];
	unsigned long address;
	FILE *symbols = fopen("/proc/kallsyms", "r");

	options[0] = '\0';
	while (symbols && fgets(line, sizeof(line), symbols)) {
		if (sscanf(line, "%lx %*c %127s", &address, name) == 2 &&
		    !strcmp(name, "reserve_mem_release_by_name"))
			snprintf(options, size, "release=0x%lx", address);
	}
	if (symbols)
		fclose(symbols);
}

static void set_up(void)
{
	struct termios raw;
	char options[64];
	int module;

	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	port = open("/dev/ttyS1", O_RDWR | O_NOCTTY);
	if (port >= 0 && !tcgetattr(port, &raw)) {
		cfmakeraw(&raw);
		cfsetspeed(&raw, B115200);
		tcsetattr(port, TCSANOW, &raw);
	}
	module = open("/khofuzz_guest.ko", O_RDONLY);
	module_options(options, sizeof(options));
	if (module < 0 || syscall(SYS_finit_module, module, options, 0))
		say_errno("khofuzz_guest.ko");
	/* Any allocation of a call that is to fail may. */
	put_word("/sys/kernel/debug/fail_page_alloc/min-order", "0");
	put_word("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N");
	put_word("/sys/kernel/debug/failslab/ignore-gfp-wait", "N");
}

int main(void)
{
	static char line[LINE];

	set_up();
	say("ready");
	while (!get_line(line)) {
		char *rest = strchr(line, ' ');

		if (rest)
			*rest++ = '\0';
		else
			rest = line + strlen(line);
		if (!strcmp(line, "read")) {
			send_file(rest);
		} else if (!strcmp(line, "call")) {
			kernel_call(rest, -1);
		} else if (!strcmp(line, "call-failing")) {
			char *text = rest;
			long after = strtol(rest, &text, 10);

			kernel_call(text + (*text == ' '), after);
		} else if (!strcmp(line, "load")) {
			load(rest);
		} else if (!strcmp(line, "kexec")) {
			say("ok");
			tcdrain(port);
			syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
				LINUX_REBOOT_CMD_KEXEC, NULL);
			say_errno("reboot");
		} else if (!strcmp(line, "off")) {
			say("ok");
			tcdrain(port);
			reboot(RB_POWER_OFF);
		} else {
			say("error -22 no such command");
		}
	}
	/* Without a host there is nothing to do. */
	reboot(RB_POWER_OFF);
	return 1;
}
