#include "prom/probe.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { PAUSE_MS = 500 };

struct probe {
	struct upstream_list *servers;
	probe_ask ask;
	void *context;
	pthread_t thread;
};

static void
probe_server(struct probe *p, struct upstream *server)
{
	enum upstream_state state;

	upstream_suspect(server);
	state = p->ask(p->context, server);
	/* Unless somebody else has learnt more meanwhile. */
	if (state == UPSTREAM_ALIVE || upstream_is_suspect(server))
		upstream_set_state(server, state);
}

static void *
probe_thread(void *context)
{
	struct probe *p = context;
	int64_t pause_ms = 0;

	while (upstream_await_trouble(p->servers, pause_ms)) {
		for (size_t i = 0; i < p->servers->count; i++) {
			struct upstream *server = &p->servers->servers[i];

			if (upstream_is_in_trouble(server))
				probe_server(p, server);
		}
		pause_ms = PAUSE_MS;
	}
	return NULL;
}

enum err_code
probe_new(struct upstream_list *servers, probe_ask ask, void *context,
	  struct probe **out, struct err *e)
{
	struct probe *p = calloc(1, sizeof(*p));
	int rc;

	*out = NULL;
	if (p == NULL)
		return err_set_memory(e);
	*p = (struct probe){.servers = servers, .ask = ask, .context = context};
	rc = pthread_create(&p->thread, NULL, probe_thread, p);
	if (rc != 0) {
		free(p);
		return err_set(e, ERR_SETTING,
			       "cannot start the thread that looks whether "
			       "Prometheus is back: %s",
			       strerror(rc));
	}
	*out = p;
	return ERR_OK;
}

void
probe_free(struct probe *p)
{
	if (p == NULL)
		return;
	upstream_close(p->servers);
	pthread_join(p->thread, NULL);
	free(p);
}
