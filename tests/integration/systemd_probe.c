/*
 * Tries what the service must not do, and one thing that it does, and prints
 * for each try what became of it: "ok" or the name of the error.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static int
open_socket(int family, int type)
{
	int fd = socket(family, type, 0);

	return fd < 0 ? -1 : close(fd);
}

static int
inet(void)
{
	return open_socket(AF_INET, SOCK_STREAM);
}

static int
local(void)
{
	return open_socket(AF_UNIX, SOCK_STREAM);
}

static int
netlink(void)
{
	return open_socket(AF_NETLINK, SOCK_RAW);
}

static int
packets(void)
{
	return open_socket(AF_PACKET, SOCK_RAW);
}

static int
write_file(void)
{
	int fd = open("/etc/probe", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 ? -1 : close(fd);
}

/* Allowed: what the processes of the service share. */
static int
write_shared(void)
{
	enum { BYTES = 4096 };
	int fd = open("/dev/shm/probe", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *at = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, BYTES) == 0)
		at = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  0);
	return at == MAP_FAILED ? -1 : munmap(at, BYTES);
}

static int
write_code(void)
{
	enum { BYTES = 4096 };
	void *at = mmap(NULL, BYTES, PROT_READ | PROT_WRITE | PROT_EXEC,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? -1 : munmap(at, BYTES);
}

static int
set_priority(void)
{
	return setpriority(PRIO_PROCESS, 0, 1);
}

static int
set_personality(void)
{
	return personality(ADDR_NO_RANDOMIZE) < 0 ? -1 : 0;
}

static int
be_traced(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? -1 : 0;
}

static int
change_mounts(void)
{
	return mount(NULL, "/", NULL, MS_PRIVATE, NULL);
}

static int
new_user_namespace(void)
{
	return unshare(CLONE_NEWUSER);
}

int
main(void)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} tries[] = {{"inet", inet},
		     {"local", local},
		     {"netlink", netlink},
		     {"packets", packets},
		     {"write_file", write_file},
		     {"write_shared", write_shared},
		     {"write_code", write_code},
		     {"set_priority", set_priority},
		     {"set_personality", set_personality},
		     {"be_traced", be_traced},
		     {"change_mounts", change_mounts},
		     {"new_user_namespace", new_user_namespace}};

	for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++)
		printf("%s %s\n", tries[i].name,
		       tries[i].run() == 0 ? "ok" : strerrorname_np(errno));
	return 0;
}
