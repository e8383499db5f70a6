#include "base/shared.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/members.h"
#include "support/suite.h"

static struct err why, err;

static struct shared *
open_as(const struct shared_layout *its)
{
	struct shared *s;

	CU_ASSERT_EQUAL_FATAL(shared_open(members_path, its, &s, &why, &err),
			      ERR_OK);
	return s;
}

static struct shared *
open_it(void)
{
	return open_as(&members_layout);
}

/* --- alone --------------------------------------------------------------- */

/* It works, by itself, and says why; the file is as it was. */
static void
expect_alone(const struct shared_layout *its, const char *reason)
{
	struct shared *s = open_as(its);
	struct members_common *common = shared_common(s);

	CU_ASSERT_EQUAL(why.code, ERR_SETTING);
	CU_ASSERT_EQUAL(strncmp(why.text, members_path, strlen(members_path)),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(why.text, reason));
	if (strstr(why.text, reason) == NULL)
		printf("# %s, not %s\n", why.text, reason);
	CU_ASSERT_EQUAL(atomic_load(&common->count), 0);
	atomic_store(&common->count, 1);
	members_touch(s);
	CU_ASSERT_EQUAL(members_count(s), 1);
	CU_ASSERT_PTR_EQUAL(shared_process(s, 0), shared_own(s));
	shared_close(s);
}

static void
write_file(const char *text, mode_t mode)
{
	int fd = open(members_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	CU_ASSERT_EQUAL(fchmod(fd, mode), 0);
	close(fd);
}

static void
what_is_no_such_file(void)
{
	char other[sizeof(members_path) + 8];

	CU_ASSERT_EQUAL(mkdir(members_path, 0700), 0);
	expect_alone(&members_layout, "Is a directory");
	rmdir(members_path);
	CU_ASSERT_EQUAL(mkfifo(members_path, 0600), 0);
	expect_alone(&members_layout, "not a file of this user alone");
	unlink(members_path);
	snprintf(other, sizeof(other), "%s.other", members_path);
	CU_ASSERT_EQUAL(symlink(other, members_path), 0);
	expect_alone(&members_layout, strerror(ELOOP));
	CU_ASSERT_NOT_EQUAL(access(other, F_OK), 0);
	unlink(members_path);
	write_file("", 0640);
	expect_alone(&members_layout, "not a file of this user alone");
	unlink(members_path);
}

/* Somebody's thesis, say: a wrong SHARED_FILE does not cost it. */
static void
a_file_with_something_else(void)
{
	char text[64] = "";
	int fd;

	write_file("my thesis\n", 0600);
	expect_alone(&members_layout, "something else is in it");
	fd = open(members_path, O_RDONLY);
	CU_ASSERT_EQUAL(read(fd, text, sizeof(text) - 1), 10);
	close(fd);
	SUITE_EQUAL(text, "my thesis\n");
	unlink(members_path);
}

/* As root we can play that one; else there is one of root's. */
static void
a_file_of_somebody_else(void)
{
	if (geteuid() != 0) {
		strcpy(members_path, "/etc/passwd");
		expect_alone(&members_layout, strerror(EACCES));
		harness_path(members_path, "members/shared");
		return;
	}
	write_file("", 0600);
	CU_ASSERT_EQUAL(chown(members_path, 12345, 12345), 0);
	expect_alone(&members_layout, "not a file of this user alone");
	unlink(members_path);
}

static void
no_directory_and_long_names(void)
{
	struct shared *s;
	char name[2048];

	harness_path(members_path, "no/such");
	expect_alone(&members_layout, strerror(ENOENT));
	harness_path(members_path, "members/shared");
	memset(name, 'x', sizeof(name) - 1);
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	CU_ASSERT_EQUAL(shared_open(name, &members_layout, &s, &why, &err),
			ERR_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(why.text, "too long"));
	shared_close(s);
}

/* A header that is right, and nothing behind it: no SIGBUS. */
static void
a_file_that_was_cut(void)
{
	struct member m;
	struct shared *s;
	struct members_common *common;

	member_join(&m);
	member_kill(&m);
	CU_ASSERT_EQUAL(truncate(members_path, 4096), 0);
	s = open_it();
	CU_ASSERT_EQUAL(why.code, ERR_OK);
	common = shared_common(s);
	CU_ASSERT_EQUAL(atomic_load(&common->count), 0);
	members_touch(s);
	shared_close(s);
	CU_ASSERT_FALSE(members_is_there());
}

/* A file system of its own, of two pages; else files are limited so. */
static void
fill_up(void)
{
	const struct rlimit limit = {.rlim_cur = 8192, .rlim_max = 8192};

	if ((unshare(CLONE_NEWNS) == 0 ||
	     unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) &&
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("none", members_directory, "tmpfs", 0, "size=8192") == 0)
		return;
	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		_exit(3);
}

static void
no_room(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct shared *s;

		alarm(30);
		fill_up();
		if (shared_open(members_path, &members_layout, &s, &why,
				&err) != ERR_OK ||
		    why.code != ERR_SETTING || members_count(s) != 1)
			_exit(1);
		members_touch(s);
		shared_close(s);
		/* Nor is half of it left behind. */
		_exit(members_is_there() ? 2 : 0);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
}

/* One that was stopped in the wrong place does not hold up the others. */
static void
a_gate_that_stays_shut(void)
{
	struct flock gate = {.l_type = F_WRLCK,
			     .l_whence = SEEK_SET,
			     .l_start = 0x40000000,
			     .l_len = 1};
	int fd = open(members_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	CU_ASSERT_EQUAL_FATAL(fcntl(fd, F_OFD_SETLK, &gate), 0);
	expect_alone(&members_layout, "holds it for too long");
	shared_sweep(members_directory, "shared");
	CU_ASSERT_TRUE(members_is_there());
	close(fd);
	unlink(members_path);
}

static void
closes_nothing(void)
{
	shared_close(NULL);
	CU_ASSERT_EQUAL(members_end(), true);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"what is no such file", what_is_no_such_file},
	    {"a file with something else", a_file_with_something_else},
	    {"a file of somebody else", a_file_of_somebody_else},
	    {"no directory, and long names", no_directory_and_long_names},
	    {"a file that was cut", a_file_that_was_cut},
	    {"no room", no_room},
	    {"a gate that stays shut", a_gate_that_stays_shut},
	    {"closes nothing", closes_nothing},
	    {NULL, NULL}};

	members_begin();
	return suite_run("shared_alone", tests);
}
