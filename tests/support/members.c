#include "support/members.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

const struct shared_layout members_layout = {
    .version = "test 1",
    .common_bytes = sizeof(struct members_common),
    .process_bytes = sizeof(struct members_part),
    .own_bytes = sizeof(struct members_part)};

char members_directory[HARNESS_PATH_BYTES];
char members_path[HARNESS_PATH_BYTES];

void
members_begin(void)
{
	harness_start();
	harness_path(members_directory, "members");
	harness_path(members_path, "members/shared");
	harness_require(mkdir(members_directory, 0700) == 0,
			"cannot make a directory");
}

bool
members_end(void)
{
	return rmdir(members_directory) == 0;
}

bool
members_is_there(void)
{
	struct stat file;

	return lstat(members_path, &file) == 0;
}

unsigned
members_count(struct shared *s)
{
	unsigned count = 0;

	for (size_t i = 0; i < SHARED_PROCESSES_MAX; i++)
		count += shared_process(s, i) != NULL;
	return count;
}

bool
members_sees(struct shared *s, pid_t pid)
{
	for (size_t i = 0; i < SHARED_PROCESSES_MAX; i++) {
		struct members_part *part = shared_process(s, i);

		if (part != NULL && atomic_load(&part->pid) == pid)
			return true;
	}
	return false;
}

void
members_touch(struct shared *s)
{
	struct members_part *own = shared_own(s);

	atomic_store(&own->pid, getpid());
	for (size_t i = 0; i < sizeof(own->last); i++)
		atomic_store(&own->last[i], 7);
}

/* Says whether it shares, then does what it is told until there is no more. */
static void
be_member(int from, int to)
{
	struct err its_why, its_err;
	struct shared *s;
	char order;

	if (shared_open(members_path, &members_layout, &s, &its_why,
			&its_err) != ERR_OK)
		_exit(EXIT_FAILURE);
	members_touch(s);
	do {
		struct members_common *common = shared_common(s);

		order = its_why.code == ERR_OK ? 'y' : 'n';
		if (write(to, &order, 1) != 1 || read(from, &order, 1) != 1)
			break;
		for (int i = 0; order == '+' && i < MEMBERS_COUNT; i++)
			atomic_fetch_add(&common->count, 1);
	} while (order != 'q');
	shared_close(s);
	_exit(EXIT_SUCCESS);
}

static bool
hear(struct member *m)
{
	char answer = '?';

	CU_ASSERT_EQUAL(read(m->from, &answer, 1), 1);
	return answer == 'y';
}

static void
tell(struct member *m, char order)
{
	CU_ASSERT_EQUAL(write(m->to, &order, 1), 1);
}

static void
start(struct member *m)
{
	int to[2], from[2];

	CU_ASSERT_EQUAL_FATAL(pipe2(to, O_CLOEXEC), 0);
	CU_ASSERT_EQUAL_FATAL(pipe2(from, O_CLOEXEC), 0);
	fflush(stdout);
	m->pid = fork();
	CU_ASSERT_FATAL(m->pid >= 0);
	if (m->pid == 0) {
		close(to[1]);
		close(from[0]);
		be_member(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	m->to = to[1];
	m->from = from[0];
}

void
member_join(struct member *m)
{
	start(m);
	m->shares = hear(m);
}

void
member_tell(struct member *m)
{
	tell(m, '+');
}

void
member_await(struct member *m)
{
	hear(m);
}

static int
reap(struct member *m)
{
	int status = -1;

	CU_ASSERT_EQUAL(waitpid(m->pid, &status, 0), m->pid);
	close(m->to);
	close(m->from);
	return status;
}

void
member_leave(struct member *m)
{
	tell(m, 'q');
	CU_ASSERT_EQUAL(reap(m), 0);
}

void
member_kill(struct member *m)
{
	kill(m->pid, SIGKILL);
	CU_ASSERT_TRUE(WIFSIGNALED(reap(m)));
}
