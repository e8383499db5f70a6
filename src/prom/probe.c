#include "prom/probe.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum {
	INTERVAL_MS = 500,
	/* How long a server's clock that was set may go unnoticed. */
	CLOCK_INTERVAL_MS = 15000,
	STACK_BYTES = 256 * 1024
};

struct prober {
	struct probe *probe;
	struct server *server;
	pthread_t thread;
};

struct probe {
	struct server_list *servers;
	probe_ask ask;
	void *context;
	size_t count; /* of probers that run */
	struct prober probers[SERVERS_MAX];
};

static void
probe_server(struct probe *p, struct server *server)
{
	enum server_state state;

	if (server_is_in_trouble(server))
		server_suspect(server);
	state = p->ask(p->context, server);
	/* Unless somebody else has learnt more meanwhile. */
	if (state == SERVER_ALIVE || server_is_suspect(server))
		server_set_state(server, state);
}

static void *
probe_thread(void *context)
{
	struct prober *self = context;
	int64_t next_ms = clock_now_ms(), until_ms = next_ms;

	while (server_await_trouble(self->server, next_ms, until_ms)) {
		next_ms = clock_now_ms() + INTERVAL_MS;
		until_ms = clock_now_ms() + CLOCK_INTERVAL_MS;
		probe_server(self->probe, self->server);
	}
	return NULL;
}

static enum err_code
start_threads(struct probe *p, struct err *e)
{
	pthread_attr_t attributes;
	int rc = 0;

	if (pthread_attr_init(&attributes) != 0)
		return err_set_memory(e);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	while (rc == 0 && p->count < p->servers->count) {
		struct prober *prober = &p->probers[p->count];

		prober->probe = p;
		prober->server = &p->servers->servers[p->count];
		rc = pthread_create(&prober->thread, &attributes, probe_thread,
				    prober);
		p->count += rc == 0;
	}
	pthread_attr_destroy(&attributes);
	return rc == 0 ? ERR_OK
		       : err_set(e, ERR_SETTING,
				 "cannot start the threads that look whether "
				 "Prometheus is back: %s",
				 strerror(rc));
}

enum err_code
probe_new(struct server_list *servers, probe_ask ask, void *context,
	  struct probe **out, struct err *e)
{
	struct probe *p = calloc(1, sizeof(*p));
	enum err_code code;

	*out = NULL;
	if (p == NULL)
		return err_set_memory(e);
	p->servers = servers;
	p->ask = ask;
	p->context = context;
	code = start_threads(p, e);
	if (code == ERR_OK)
		*out = p;
	else
		probe_free(p);
	return code;
}

void
probe_free(struct probe *p)
{
	if (p == NULL)
		return;
	server_close(p->servers);
	for (size_t i = 0; i < p->count; i++)
		pthread_join(p->probers[i].thread, NULL);
	free(p);
}
