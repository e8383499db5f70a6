#include "web/closer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum { CONNECTIONS_MAX = 256, STACK_BYTES = 64 * 1024 };

/* In the order of their limits; the first is the eventfd. */
struct waiting {
	unsigned count;
	struct pollfd fds[1 + CONNECTIONS_MAX];
	int64_t until_ms[1 + CONNECTIONS_MAX];
};

struct closer {
	int64_t limit_ms;
	int wake; /* an eventfd: there are new ones, or it is over */
	pthread_t thread;
	struct waiting waiting; /* the thread's own */
	pthread_mutex_t lock;	/* of what follows */
	bool is_over;
	unsigned count; /* the new ones, and those that are waited for */
	unsigned new_count;
	int new_fds[CONNECTIONS_MAX];
};

/* False: it is over. */
static bool
take_new(struct closer *l)
{
	struct waiting *w = &l->waiting;
	uint64_t ignored;
	bool is_over;

	if (w->fds[0].revents != 0 &&
	    read(l->wake, &ignored, sizeof(ignored)) < 0)
		return errno == EINTR || errno == EAGAIN;
	pthread_mutex_lock(&l->lock);
	for (unsigned i = 0; i < l->new_count; i++) {
		unsigned at = 1 + w->count++;

		w->fds[at] =
		    (struct pollfd){.fd = l->new_fds[i], .events = POLLIN};
		w->until_ms[at] = clock_now_ms() + l->limit_ms;
	}
	l->new_count = 0;
	is_over = l->is_over;
	pthread_mutex_unlock(&l->lock);
	return !is_over;
}

/* Whether nothing more is to be expected of it. */
static bool
has_ended(const struct pollfd *p, int64_t until_ms)
{
	char piece[16 * 1024];

	if (clock_now_ms() >= until_ms)
		return true;
	if (p->revents == 0)
		return false;
	return recv(p->fd, piece, sizeof(piece), MSG_DONTWAIT) <= 0 &&
	       errno != EAGAIN && errno != EINTR;
}

static void
close_ended(struct closer *l, bool closes_all)
{
	struct waiting *w = &l->waiting;
	unsigned kept = 0;

	for (unsigned i = 1; i <= w->count; i++) {
		errno = 0;
		if (closes_all || has_ended(&w->fds[i], w->until_ms[i])) {
			close(w->fds[i].fd);
			continue;
		}
		kept++;
		w->fds[kept] = w->fds[i];
		w->until_ms[kept] = w->until_ms[i];
	}
	pthread_mutex_lock(&l->lock);
	l->count -= w->count - kept;
	pthread_mutex_unlock(&l->lock);
	w->count = kept;
}

static int
wait_ms(const struct waiting *w)
{
	int64_t left_ms;

	/* Without a limit: there is nothing to do until one comes. */
	if (w->count == 0)
		return -1;
	left_ms = w->until_ms[1] - clock_now_ms();
	return left_ms > 0 ? (int)left_ms : 0;
}

static void *
closer_thread(void *context)
{
	struct closer *l = context;
	struct waiting *w = &l->waiting;

	do {
		if (poll(w->fds, 1 + w->count, wait_ms(w)) < 0)
			w->fds[0].revents = 0;
		close_ended(l, false);
	} while (take_new(l));
	close_ended(l, true);
	return NULL;
}

static int
start_thread(struct closer *l)
{
	pthread_attr_t attributes;
	int rc = pthread_attr_init(&attributes);

	if (rc != 0)
		return rc;
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	rc = pthread_create(&l->thread, &attributes, closer_thread, l);
	pthread_attr_destroy(&attributes);
	return rc;
}

enum err_code
closer_new(int64_t limit_ms, struct closer **out, struct err *e)
{
	struct closer *l = calloc(1, sizeof(*l));
	int rc;

	*out = NULL;
	if (l == NULL)
		return err_set_memory(e);
	l->limit_ms = limit_ms;
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->waiting.fds[0] = (struct pollfd){.fd = l->wake, .events = POLLIN};
	pthread_mutex_init(&l->lock, NULL);
	rc = l->wake < 0 ? errno : start_thread(l);
	if (rc == 0) {
		*out = l;
		return ERR_OK;
	}
	if (l->wake >= 0)
		close(l->wake);
	pthread_mutex_destroy(&l->lock);
	free(l);
	return err_set(e, ERR_SETTING, "cannot look after connections: %s",
		       strerror(rc));
}

static void
wake(struct closer *l)
{
	const uint64_t one = 1;

	/* Full: it is awake. */
	if (write(l->wake, &one, sizeof(one)) < 0)
		return;
}

void
closer_free(struct closer *l)
{
	if (l == NULL)
		return;
	pthread_mutex_lock(&l->lock);
	l->is_over = true;
	pthread_mutex_unlock(&l->lock);
	wake(l);
	pthread_join(l->thread, NULL);
	close(l->wake);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

void
closer_take(struct closer *l, int fd)
{
	bool fits;

	shutdown(fd, SHUT_WR);
	pthread_mutex_lock(&l->lock);
	fits = l->count < CONNECTIONS_MAX;
	if (fits) {
		l->count++;
		l->new_fds[l->new_count++] = fd;
	}
	pthread_mutex_unlock(&l->lock);
	if (fits)
		wake(l);
	else
		close(fd);
}
