#include "gpu/collect/usage_pods.h"

#include <stdint.h>

static enum err_code
ask_all(struct usage_pods *p, const struct detection *found,
	struct arena *arena, struct err *e)
{
	enum err_code code = ERR_OK;

	p->rows = arena_alloc(arena, found->count * sizeof(*p->rows));
	if (p->rows == NULL)
		return err_set_memory(e);
	for (size_t i = 0; code == ERR_OK && i < found->count; i++) {
		struct history_rows *rows = &p->rows[p->ask.count];
		struct own_pods_span span = {&p->range, &rows->sink};

		if (!found->profiles[i]->workload_may_use_gpu)
			continue;
		history_rows_init(rows, arena->budget, OWN_PODS_SLOTS,
				  query_points(&p->range), SIZE_MAX);
		rows->has_no_values = true;
		code = own_pods_ask_span(&p->ask, found->profiles[i],
					 found->series[i], &span, e);
	}
	return code;
}

static enum err_code
await(struct usage_pods *p, struct call *call, struct err *e)
{
	for (size_t i = 0; i < p->ask.count; i++) {
		const struct err *outcome = call_await(call, &p->ask, i);

		if (outcome->code != ERR_OK) {
			*e = *outcome;
			return e->code;
		}
		call_take_warnings(call, &p->ask, i);
	}
	return ERR_OK;
}

enum err_code
usage_pods_ask(struct usage_pods *p, const struct collector *c,
	       const struct detection *found, const struct timeline *timeline,
	       struct call *call, struct err *e)
{
	enum err_code code;

	*p = (struct usage_pods){.range = {.start_s = timeline->start_s,
					   .end_s = timeline->end_s,
					   .step_s = timeline->step_s}};
	intern_init(&p->texts, call->arena->budget);
	own_pods_init(&p->seen, call->arena->budget);
	code =
	    call_ask(call, &p->ask, found->count, &p->texts, c->max_series, e);
	if (code == ERR_OK)
		code = ask_all(p, found, call->arena, e);
	if (code != ERR_OK)
		return code;
	call_start(call, &p->ask, c->pool);
	return await(p, call, e);
}

enum err_code
usage_pods_read(const struct usage_pods *p, struct own_pods *out,
		struct intern *texts, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < p->ask.count; i++)
		code = own_pods_read_from(out, &p->rows[i].samples, &p->texts,
					  texts, e);
	return code;
}

enum err_code
usage_pods_note(struct usage_pods *p, const struct own_pods *of,
		const struct intern *texts, struct err *e)
{
	return own_pods_add_from(&p->seen, of, texts, &p->texts, e);
}

void
usage_pods_fini(struct usage_pods *p)
{
	size_t count = p->ask.count;

	ask_fini(&p->ask);
	for (size_t i = 0; i < count; i++)
		history_rows_fini(&p->rows[i]);
	own_pods_fini(&p->seen);
	intern_fini(&p->texts);
}
