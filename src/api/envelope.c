#include "api/envelope.h"

void
envelope_open(struct json *j)
{
	json_open_object(j);
	json_key(j, "success");
	json_boolean(j, true);
	json_key(j, "data");
}

static void
write_or_null(struct json *j, const char *key, long long number)
{
	json_key(j, key);
	if (number < 0)
		json_null(j);
	else
		json_integer(j, number);
}

static void
write_page(struct json *j, const struct table_page *page)
{
	json_key(j, "page");
	json_open_object(j);
	json_key(j, "total");
	json_integer(j, (int64_t)page->total);
	write_or_null(j, "limit", page->limit);
	json_key(j, "offset");
	json_integer(j, page->offset);
	write_or_null(j, "next_offset", page->next_offset);
	json_close_object(j);
}

void
envelope_close(struct json *j, const char *message,
	       const struct table_page *page, const char *const *warnings,
	       size_t warning_count)
{
	json_key(j, "message");
	json_text(j, message);
	json_key(j, "error");
	json_null(j);
	if (page != NULL)
		write_page(j, page);
	if (warning_count > 0) {
		json_key(j, "warnings");
		json_open_array(j);
		for (size_t i = 0; i < warning_count; i++)
			json_text(j, warnings[i]);
		json_close_array(j);
	}
	json_close_object(j);
}

void
envelope_write_error(struct json *j, const char *error)
{
	json_open_object(j);
	json_key(j, "success");
	json_boolean(j, false);
	json_key(j, "data");
	json_null(j);
	json_key(j, "message");
	json_null(j);
	json_key(j, "error");
	json_text(j, error);
	json_close_object(j);
}
