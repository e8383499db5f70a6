#include "fake_body.h"

#include "fake_fleet.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	GARBAGE_BYTES = 4096,
	HUGE_BYTES = 1 << 20,
	NESTING_DEPTH = 10000,
	MANY_SERIES = 1000000
};

#define EXPORTER "\"exporter\":\"nvidia-gpu-list-exporter\""

/* How a body differs from the correct one. */
struct variant {
	void (*alter)(struct fake_series *series, unsigned copy);
	unsigned copies;  /* of each series; 0 means 1 */
	const char *more; /* more keys after data, with a comma before */
};

struct list {
	FILE *out;
	const struct fake_call *call;
	const struct variant *variant;
	bool started;
	bool
	    is_of_times; /* timestamp(...): the values are the samples' times */
};

char *
fake_body_text(void (*write)(FILE *out, const struct fake_call *call),
	       const struct fake_call *call, size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	if (out == NULL)
		abort();
	write(out, call);
	if (fclose(out) != 0)
		abort();
	return text;
}

static void
write_model(FILE *out, const struct fake_series *series)
{
	fprintf(out, "\"gpu_name\":\"%s", series->model);
	for (size_t i = 0; i < series->model_padding; i++)
		putc_unlocked('x', out);
	fputc('"', out);
}

static void
write_labels(FILE *out, const struct fake_series *series)
{
	if (series->no_labels)
		return;
	if (!series->aggregated)
		fprintf(out, "\"__name__\":\"%s\",", series->metric);
	fprintf(out, "\"gpu_id\":\"%s\",", series->gpu);
	write_model(out, series);
	fprintf(out, ",\"hostname\":\"%s\"", series->node);
	if (!series->aggregated)
		fputs(",\"instance\":\"127.0.0.1:9835\",\"job\":\"gpu\"", out);
	fputs(series->more, out);
}

static void
write_values(FILE *out, const struct fake_range *range, const char *value)
{
	const char *comma = "";

	fputs("\"values\":[", out);
	for (long long t = range->start_s; t <= range->end_s;
	     t += range->step_s)
		if (fake_range_has_value(range, t)) {
			fprintf(out, "%s[%lld,\"%s\"]", comma, t, value);
			comma = ",";
		}
	fputc(']', out);
}

static void
write_series(FILE *out, const struct fake_call *call,
	     const struct fake_series *series)
{
	fputs("{\"metric\":{", out);
	write_labels(out, series);
	fputs("},", out);
	if (call->range != NULL)
		write_values(out, call->range, series->value);
	else
		fprintf(out, "\"value\":[" FAKE_FLEET_TIME ",\"%s\"]",
			series->value);
	fputc('}', out);
}

static void
emit_copies(void *context, struct fake_series *series)
{
	struct list *list = context;
	const struct variant *variant = list->variant;
	unsigned copies = variant->copies == 0 ? 1 : variant->copies;

	for (unsigned copy = 0; copy < copies; copy++) {
		if (variant->alter != NULL)
			variant->alter(series, copy);
		if (list->is_of_times)
			strcpy(series->value, FAKE_FLEET_TIME);
		if (list->started)
			fputc(',', list->out);
		list->started = true;
		write_series(list->out, list->call, series);
	}
}

static void
write_text(FILE *out, const char *labels, const char *value)
{
	fprintf(out, "{\"metric\":{%s},\"value\":[" FAKE_FLEET_TIME ",\"%s\"]}",
		labels, value);
}

static void
write_number(FILE *out, const char *labels, unsigned number)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	write_text(out, labels, text);
}

/* Several exporters may be asked for in several queries. */
static bool
asks_for_exporter(const struct fake_call *call)
{
	return call->gpus_total > 0 &&
	       strstr(call->query, "\"nvidia-gpu-list-exporter\"") != NULL;
}

static void
write_inventory(FILE *out)
{
	for (int metric = 0; metric < FLEET_METRIC__MAX; metric++) {
		char label[128];

		snprintf(label, sizeof(label), "\"__name__\":\"%s\"",
			 fleet_metric_name((enum fleet_metric)metric));
		fputs(metric > 0 ? "," : "", out);
		write_number(out, label, MANY_SERIES);
	}
}

static void
write_result(FILE *out, const struct fake_call *call,
	     const struct variant *variant)
{
	struct list list = {.out = out,
			    .call = call,
			    .variant = variant,
			    .is_of_times =
				strstr(call->query, "timestamp(") != NULL};

	if (call->range != NULL) {
		fake_fleet_each(call, emit_copies, &list);
		return;
	}
	switch (fake_fleet_query(call->query)) {
	case FAKE_QUERY_COUNT:
		if (asks_for_exporter(call))
			write_number(out, EXPORTER, call->gpus_total);
		break;
	case FAKE_QUERY_OLDEST:
		if (asks_for_exporter(call))
			write_text(out, EXPORTER, FAKE_FLEET_TIME);
		break;
	case FAKE_QUERY_INVENTORY:
		write_inventory(out);
		break;
	case FAKE_QUERY_NODES:
		break;
	case FAKE_QUERY_VECTOR:
		write_number(out, "", 1);
		break;
	case FAKE_QUERY_SERIES:
		fake_fleet_each(call, emit_copies, &list);
		break;
	}
}

static void
write_variant(FILE *out, const struct fake_call *call,
	      const struct variant *variant)
{
	fprintf(out,
		"{\"status\":\"success\",\"data\":{\"resultType\":\"%s\","
		"\"result\":[",
		call->range != NULL ? "matrix" : "vector");
	write_result(out, call, variant);
	fprintf(out, "]}%s}", variant->more == NULL ? "" : variant->more);
}

void
fake_body_ok(FILE *out, const struct fake_call *call)
{
	write_variant(out, call, &(struct variant){.copies = 1});
}

/* As if a GPU came and went between the queries of one request. */
void
fake_body_changing(FILE *out, const struct fake_call *call)
{
	static atomic_uint queries;
	struct fake_call changed = *call;

	changed.gpus_total -= atomic_fetch_add(&queries, 1) % 2;
	fake_body_ok(out, &changed);
}

void
fake_body_warnings(FILE *out, const struct fake_call *call)
{
	write_variant(out, call,
		      &(struct variant){
			  .more =
			      ",\"warnings\":"
			      "[\"partial response: store-7 unavailable\"]"});
}

void
fake_body_infos(FILE *out, const struct fake_call *call)
{
	write_variant(
	    out, call,
	    &(struct variant){
		.more = ",\"infos\":[\"metric might not be a counter\"]"});
}

static void
write_typed(FILE *out, const char *type, const char *result)
{
	fprintf(out,
		"{\"status\":\"success\",\"data\":{\"resultType\":\"%s\","
		"\"result\":%s}}",
		type, result);
}

void
fake_body_empty(FILE *out, const struct fake_call *call)
{
	write_typed(out, call->range != NULL ? "matrix" : "vector", "[]");
}

/* As of another start than was asked for. */
void
fake_body_unaligned(FILE *out, const struct fake_call *call)
{
	struct fake_call shifted = *call;
	struct fake_range range;

	if (call->range != NULL) {
		range = *call->range;
		range.start_s++;
		shifted.range = &range;
	}
	fake_body_ok(out, &shifted);
}

void
fake_body_backwards(FILE *out, const struct fake_call *call)
{
	char values[128];

	if (call->range == NULL) {
		fake_body_ok(out, call);
		return;
	}
	snprintf(values, sizeof(values),
		 "[{\"metric\":{},\"values\":[[%lld,\"1\"],[%lld,\"2\"]]}]",
		 call->range->end_s, call->range->start_s);
	write_typed(out, "matrix", values);
}

void
fake_body_vector(FILE *out, const struct fake_call *call)
{
	struct fake_call instant = *call;

	instant.range = NULL;
	fake_body_ok(out, &instant);
}

void
fake_body_matrix(FILE *out, const struct fake_call *call)
{
	(void)call;
	write_typed(out, "matrix",
		    "[{\"metric\":{\"hostname\":\"node-1\",\"gpu_id\":\"0\"},"
		    "\"values\":[[" FAKE_FLEET_TIME ",\"1\"],"
		    "[" FAKE_FLEET_TIME ",\"2\"]]}]");
}

void
fake_body_scalar(FILE *out, const struct fake_call *call)
{
	(void)call;
	write_typed(out, "scalar", "[" FAKE_FLEET_TIME ",\"4\"]");
}

void
fake_body_string(FILE *out, const struct fake_call *call)
{
	(void)call;
	write_typed(out, "string", "[" FAKE_FLEET_TIME ",\"four\"]");
}

void
fake_body_truncated(FILE *out, const struct fake_call *call)
{
	size_t length;
	char *text = fake_body_text(fake_body_ok, call, &length);

	fwrite(text, 1, length / 2, out);
	free(text);
}

/* The same bytes each time, so that a failure can be repeated. */
void
fake_body_garbage(FILE *out, const struct fake_call *call)
{
	uint32_t state = 2463534242u;

	(void)call;
	for (unsigned i = 0; i < GARBAGE_BYTES; i++) {
		state ^= state << 13;
		state ^= state >> 17;
		state ^= state << 5;
		fputc((int)(state >> 24), out);
	}
}

static void
alter_nan(struct fake_series *series, unsigned copy)
{
	static const char *const values[] = {"NaN", "+Inf", "-Inf"};

	(void)copy;
	if (series->row < 3)
		strcpy(series->value, values[series->row]);
}

void
fake_body_nan(FILE *out, const struct fake_call *call)
{
	write_variant(out, call, &(struct variant){.alter = alter_nan});
}

static void
alter_duplicate(struct fake_series *series, unsigned copy)
{
	series->more =
	    copy == 0 ? ",\"pod\":\"exporter-a\"" : ",\"pod\":\"exporter-b\"";
	fleet_number(series->value, series->number + copy);
}

void
fake_body_duplicates(FILE *out, const struct fake_call *call)
{
	write_variant(out, call,
		      &(struct variant){.alter = alter_duplicate, .copies = 2});
}

static void
alter_huge(struct fake_series *series, unsigned copy)
{
	(void)copy;
	if (series->row == 0)
		series->model_padding = HUGE_BYTES - strlen(series->model);
}

void
fake_body_huge_label(FILE *out, const struct fake_call *call)
{
	write_variant(out, call, &(struct variant){.alter = alter_huge});
}

static void
alter_utf8(struct fake_series *series, unsigned copy)
{
	(void)copy;
	/* No such byte, an overlong form, a surrogate, a sequence cut off. */
	series->model = "GPU \xff \xc0\xaf \xed\xa0\x80 \xc3";
}

void
fake_body_invalid_utf8(FILE *out, const struct fake_call *call)
{
	write_variant(out, call, &(struct variant){.alter = alter_utf8});
}

static void
alter_hostile(struct fake_series *series, unsigned copy)
{
	(void)copy;
	series->node = series->row % 2 == 0
			   ? "node\\\"\\\\\\n</script>\\u001b[31m\\u0000-1"
			   : "\\u202enode\\u2028-2\\r\\nSet-Cookie: a=b";
	series->model = "GPU \\\"\\\\\\n\\t</script><script>alert(1)</script>"
			"\\u001b]0;title\\u0007 \\ud83d\\ude00";
}

void
fake_body_hostile_labels(FILE *out, const struct fake_call *call)
{
	write_variant(out, call, &(struct variant){.alter = alter_hostile});
}

static void
alter_no_labels(struct fake_series *series, unsigned copy)
{
	(void)copy;
	series->no_labels = true;
}

void
fake_body_no_labels(FILE *out, const struct fake_call *call)
{
	write_variant(out, call, &(struct variant){.alter = alter_no_labels});
}

static void
alter_index(struct fake_series *series, unsigned copy)
{
	(void)copy;
	series->gpu = "abc";
}

void
fake_body_bad_index(FILE *out, const struct fake_call *call)
{
	write_variant(out, call, &(struct variant){.alter = alter_index});
}

void
fake_body_deep_nesting(FILE *out, const struct fake_call *call)
{
	fputs("{\"status\":\"success\",\"unknown\":", out);
	for (unsigned i = 0; i < NESTING_DEPTH; i++)
		fputc('[', out);
	for (unsigned i = 0; i < NESTING_DEPTH; i++)
		fputc(']', out);
	fputs(",\"data\":{\"resultType\":\"vector\",\"result\":[", out);
	write_result(out, call, &(struct variant){.copies = 1});
	fputs("]}}", out);
}

static void
emit_reordered(void *context, struct fake_series *series)
{
	struct list *list = context;

	fprintf(list->out,
		"%s\r\n\t{ \"exemplars\" : [ { \"value\" : [ 1 , \"2\" ] } ] ,"
		" \"value\" : [ " FAKE_FLEET_TIME " , \"%s\" ] ,"
		" \"histogram\" : null , \"metric\" :\n{ ",
		list->started ? " ,\n" : "", series->value);
	list->started = true;
	write_labels(list->out, series);
	fputs(" } , \"unknown\" : { \"metric\" : { } } }", list->out);
}

void
fake_body_key_order(FILE *out, const struct fake_call *call)
{
	struct list list = {.out = out};

	fputs(" \r\n\t{ \"stats\" : { \"result\" : [ -1.5e+3 , true , null ] } "
	      ",\n \"data\" : { \"result\" : [ ",
	      out);
	fake_fleet_each(call, emit_reordered, &list);
	fputs(" ] , \"stats\" : { } , \"resultType\" : \"vector\" } ,\n"
	      " \"status\" : \"success\" , \"unknown\" : [ \"data\" ] } \n\t",
	      out);
}
