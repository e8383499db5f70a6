#include "base/shared.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/members.h"
#include "support/suite.h"

static struct err why, err;

static struct shared *
open_it(void)
{
	struct shared *s;

	CU_ASSERT_EQUAL_FATAL(
	    shared_open(members_path, &members_layout, &s, &why, &err), ERR_OK);
	return s;
}

/* --- together ------------------------------------------------------------ */

static void
counts_together(void)
{
	enum { MEMBERS = 4 };
	struct shared *s = open_it();
	struct members_common *common = shared_common(s);
	struct member members[MEMBERS];

	CU_ASSERT_EQUAL(why.code, ERR_OK);
	CU_ASSERT_EQUAL(members_count(s), 1);
	for (int i = 0; i < MEMBERS; i++) {
		member_join(&members[i]);
		CU_ASSERT_TRUE(members[i].shares);
	}
	CU_ASSERT_EQUAL(members_count(s), MEMBERS + 1);
	for (int i = 0; i < MEMBERS; i++)
		member_tell(&members[i]);
	for (int i = 0; i < MEMBERS; i++)
		member_await(&members[i]);
	CU_ASSERT_EQUAL(atomic_load(&common->count), MEMBERS * MEMBERS_COUNT);
	for (int i = 0; i < MEMBERS; i++)
		member_leave(&members[i]);
	CU_ASSERT_EQUAL(atomic_load(&common->count), MEMBERS * MEMBERS_COUNT);
	CU_ASSERT_EQUAL(members_count(s), 1);
	CU_ASSERT_TRUE(members_is_there());
	shared_close(s);
	CU_ASSERT_FALSE(members_is_there());
	s = open_it();
	common = shared_common(s);
	CU_ASSERT_EQUAL(atomic_load(&common->count), 0);
	shared_close(s);
}

static void
a_number_is_used_again(void)
{
	struct member first, second;
	struct members_part *own;
	struct shared *s;
	size_t zeros = 0;

	member_join(&first);
	member_join(&second);
	member_kill(&first);
	s = open_it();
	CU_ASSERT_EQUAL(why.code, ERR_OK);
	CU_ASSERT_EQUAL(members_count(s), 2);
	CU_ASSERT_FALSE(members_sees(s, first.pid));
	CU_ASSERT_TRUE(members_sees(s, second.pid));
	/* What the other one left behind is gone. */
	CU_ASSERT_PTR_EQUAL(shared_own(s), shared_process(s, 0));
	own = shared_own(s);
	CU_ASSERT_EQUAL(atomic_load(&own->pid), 0);
	for (size_t i = 0; i < sizeof(own->last); i++)
		zeros += atomic_load(&own->last[i]) == 0;
	CU_ASSERT_EQUAL(zeros, sizeof(own->last));
	member_leave(&second);
	shared_close(s);
	CU_ASSERT_FALSE(members_is_there());
}

static void
outlasts_all_that_are_killed(void)
{
	struct member m;
	struct members_common *common;
	struct shared *s;

	member_join(&m);
	member_tell(&m);
	member_await(&m);
	member_kill(&m);
	CU_ASSERT_TRUE(members_is_there());
	s = open_it();
	common = shared_common(s);
	CU_ASSERT_EQUAL(why.code, ERR_OK);
	CU_ASSERT_EQUAL(atomic_load(&common->count), MEMBERS_COUNT);
	shared_close(s);
	CU_ASSERT_FALSE(members_is_there());
}

static void
some_are_too_many(void)
{
	enum { EXTRA = 2 };
	struct member members[SHARED_PROCESSES_MAX + EXTRA];
	unsigned shares = 0, count = SHARED_PROCESSES_MAX + EXTRA;
	struct shared *s;

	for (unsigned i = 0; i < count; i++) {
		member_join(&members[i]);
		shares += members[i].shares;
	}
	CU_ASSERT_EQUAL(shares, SHARED_PROCESSES_MAX);
	s = open_it();
	CU_ASSERT_PTR_NOT_NULL(strstr(why.text, "too many processes"));
	CU_ASSERT_EQUAL(members_count(s), 1);
	members_touch(s);
	shared_close(s);
	CU_ASSERT_TRUE(members_is_there());
	for (unsigned i = 0; i < count; i++)
		member_leave(&members[i]);
	CU_ASSERT_FALSE(members_is_there());
}

/* --- coming and going ---------------------------------------------------- */

static void
removed_by_somebody_else(void)
{
	struct shared *old = open_it(), *new;
	struct members_common *common;

	unlink(members_path);
	new = open_it();
	CU_ASSERT_EQUAL(why.code, ERR_OK);
	common = shared_common(new);
	atomic_store(&common->count, 3);
	CU_ASSERT_EQUAL(members_count(old), 1);
	/* It does not take the new one for its own. */
	shared_close(old);
	CU_ASSERT_TRUE(members_is_there());
	shared_close(new);
	CU_ASSERT_FALSE(members_is_there());
}

static struct shared *
open_as(const struct shared_layout *its)
{
	struct shared *s;

	CU_ASSERT_EQUAL_FATAL(shared_open(members_path, its, &s, &why, &err),
			      ERR_OK);
	CU_ASSERT_EQUAL(why.code, ERR_OK);
	return s;
}

static unsigned long long
count_in(struct shared *s)
{
	struct members_common *common = shared_common(s);

	return atomic_fetch_add(&common->count, 1);
}

/* While a program is replaced by a newer one: each counts with its own. */
static void
another_version(void)
{
	struct shared_layout newer = members_layout, larger = members_layout;
	struct shared *old = open_it(), *first, *second;
	struct member m;

	newer.version = "test 2";
	larger.process_bytes *= 2;
	CU_ASSERT_EQUAL(count_in(old), 0);
	first = open_as(&newer);
	CU_ASSERT_EQUAL(count_in(first), 0);
	second = open_as(&newer);
	CU_ASSERT_EQUAL(count_in(second), 1);
	CU_ASSERT_EQUAL(members_count(second), 2);
	CU_ASSERT_EQUAL(count_in(old), 1);
	CU_ASSERT_EQUAL(members_count(old), 1);
	shared_close(old);
	CU_ASSERT_TRUE(members_is_there());
	shared_close(first);
	shared_close(second);
	CU_ASSERT_FALSE(members_is_there());
	/* Nor does it matter if the other version was killed. */
	member_join(&m);
	member_kill(&m);
	first = open_as(&larger);
	CU_ASSERT_EQUAL(count_in(first), 0);
	shared_close(first);
	CU_ASSERT_FALSE(members_is_there());
}

static void
sweeps_what_is_left(void)
{
	struct member dead;
	struct shared *s;
	char other[sizeof(members_path) + 8];

	member_join(&dead);
	member_kill(&dead);
	CU_ASSERT_TRUE(members_is_there());
	snprintf(other, sizeof(other), "%s/others", members_directory);
	close(open(other, O_WRONLY | O_CREAT, 0600));
	shared_sweep(members_directory, "shared");
	CU_ASSERT_FALSE(members_is_there());
	CU_ASSERT_EQUAL(access(other, F_OK), 0);
	unlink(other);
	s = open_it();
	shared_sweep(members_directory, "shared");
	CU_ASSERT_TRUE(members_is_there());
	shared_close(s);
	CU_ASSERT_EQUAL(mkdir(members_path, 0700), 0);
	shared_sweep(members_directory, "shared");
	CU_ASSERT_TRUE(members_is_there());
	rmdir(members_path);
	shared_sweep("/no/such/directory", "shared");
}

/* What lies there under that name is what this process has open. */
static bool
has_it(void)
{
	struct stat named, file;
	bool is_same = false;
	struct dirent *entry;
	DIR *all = opendir("/proc/self/fd");

	if (all == NULL || stat(members_path, &named) != 0)
		_exit(5);
	while ((entry = readdir(all)) != NULL)
		is_same |= fstat(atoi(entry->d_name), &file) == 0 &&
			   file.st_ino == named.st_ino &&
			   file.st_dev == named.st_dev;
	closedir(all);
	return is_same;
}

static void
come_and_go(unsigned number)
{
	enum { TIMES = 300 };

	alarm(120);
	for (int i = 0; i < TIMES; i++) {
		struct err its_why, its_err;
		struct shared *s;

		shared_sweep(members_directory, "shared");
		if (shared_open(members_path, &members_layout, &s, &its_why,
				&its_err) != ERR_OK ||
		    its_why.code != ERR_OK)
			_exit(1);
		for (int n = 0; n < 5; n++)
			if (!has_it())
				_exit(2);
		members_touch(s);
		if (!members_sees(s, getpid()))
			_exit(3);
		if (number % 5 == 0 && i == TIMES / 2)
			kill(getpid(), SIGKILL);
		shared_close(s);
	}
	_exit(0);
}

static pid_t
sweep_all_the_time(void)
{
	pid_t pid = fork();

	CU_ASSERT_FATAL(pid >= 0);
	/* It does not outlive a test that is killed. */
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (pid == 0)
		shared_sweep(members_directory, "shared");
	return pid;
}

static void
many_come_and_go(void)
{
	enum { MANY = 20 };
	pid_t pids[MANY], sweeper = sweep_all_the_time();

	for (unsigned i = 0; i < MANY; i++) {
		pids[i] = fork();
		CU_ASSERT_FATAL(pids[i] >= 0);
		if (pids[i] == 0)
			come_and_go(i);
	}
	for (unsigned i = 0; i < MANY; i++) {
		int status;

		CU_ASSERT_EQUAL(waitpid(pids[i], &status, 0), pids[i]);
		CU_ASSERT_EQUAL(status, i % 5 == 0 ? SIGKILL : 0);
		if (status != (i % 5 == 0 ? SIGKILL : 0))
			printf("# status %#x\n", (unsigned)status);
	}
	kill(sweeper, SIGKILL);
	waitpid(sweeper, NULL, 0);
	shared_sweep(members_directory, "shared");
	CU_ASSERT_FALSE(members_is_there());
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
	    {"processes count together", counts_together},
	    {"a number is used again", a_number_is_used_again},
	    {"outlasts all that are killed", outlasts_all_that_are_killed},
	    {"some are too many", some_are_too_many},
	    {"removed by somebody else", removed_by_somebody_else},
	    {"another version", another_version},
	    {"sweeps what is left", sweeps_what_is_left},
	    {"many come and go", many_come_and_go},
	    {"closes nothing", closes_nothing},
	    {NULL, NULL}};

	members_begin();
	return suite_run("shared", tests);
}
