#include "gpu/site/inventory.h"

#include <string.h>

#include "prom/promql.h"

enum err_code
inventory_ask(struct ask *a, const struct profile *p, struct err *e)
{
	static const struct element_label labels[] = {
	    {"__name__", 0, NULL, false}};
	const char *names[PROFILE_METRICS_MAX];
	enum err_code code;
	struct buf text;

	for (size_t i = 0; i < p->metric_count; i++)
		names[i] = p->metrics[i].name;
	buf_init(&text, ASK_QUERY_MAX_BYTES);
	buf_append_text(&text, "count by (__name__) (");
	promql_add_selector(&text, names, p->metric_count, p->match_conditions);
	buf_append_text(&text, ")");
	code = ask_add(a, &text, labels, 1, 1, e);
	buf_fini(&text);
	return code;
}

void
inventory_read(const struct vector *v, const struct profile *p, bool is_partial,
	       uint64_t *series)
{
	struct samples_cursor cursor = {NULL, 0};
	const struct sample *s;

	for (size_t i = 0; i < p->metric_count; i++)
		series[i] = is_partial;
	while ((s = samples_next(&v->samples, &cursor)) != NULL) {
		const struct intern_string *name = vector_text(v, s, 0);

		if (name == NULL || !(s->value > 0 && s->value < 1e15))
			continue;
		for (size_t i = 0; i < p->metric_count; i++)
			if (strcmp(p->metrics[i].name, name->text) == 0)
				series[i] = (uint64_t)s->value;
	}
}
