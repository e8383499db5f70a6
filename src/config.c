#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "config_table.h"
#include "prom/headers.h"
#include "prom/matchers.h"
#include "prom/promql.h"
#include "prom/server.h"
#include "prom/url.h"

static enum err_code
wrong(const struct config_setting *s, const char *got, const char *what,
      struct err *e)
{
	return err_set(e, ERR_SETTING, "%s is \"%.64s\": %s", s->name, got,
		       what);
}

static enum err_code
set_number(const struct config_setting *s, const char *text, long long *out,
	   struct err *e)
{
	char what[96];

	if (number_parse_whole(text, strlen(text), s->min, s->max, out))
		return ERR_OK;
	snprintf(what, sizeof(what),
		 "it takes a whole number from %lld to %lld", s->min, s->max);
	return wrong(s, text, what, e);
}

static enum err_code
set_log_level(const struct config_setting *s, const char *text,
	      enum log_level *out, struct err *e)
{
	for (int level = 0; level < LOG__MAX; level++)
		if (strcmp(text, log_level_name((enum log_level)level)) == 0) {
			*out = (enum log_level)level;
			return ERR_OK;
		}
	return wrong(s, text, "it takes debug, info, warn or error", e);
}

static enum err_code
set_log_format(const struct config_setting *s, const char *text,
	       enum log_format *out, struct err *e)
{
	for (int format = 0; format < LOG_FORMAT__MAX; format++)
		if (strcmp(text, log_format_name((enum log_format)format)) ==
		    0) {
			*out = (enum log_format)format;
			return ERR_OK;
		}
	return wrong(s, text, "it takes logfmt or json", e);
}

static const char *const command_names[] = {[ENDPOINT_COMMAND_NAME] = "name",
					    [ENDPOINT_COMMAND_FULL] = "full",
					    [ENDPOINT_COMMAND_NONE] = "none"};

static enum err_code
set_command(const struct config_setting *s, const char *text,
	    enum endpoint_command *out, struct err *e)
{
	for (size_t i = 0; i < sizeof(command_names) / sizeof(*command_names);
	     i++)
		if (strcmp(text, command_names[i]) == 0) {
			*out = (enum endpoint_command)i;
			return ERR_OK;
		}
	return wrong(s, text, "it takes name, full or none", e);
}

static enum err_code
set_switch(const struct config_setting *s, const char *text, bool *out,
	   struct err *e)
{
	*out = strcmp(text, "on") == 0;
	return *out || strcmp(text, "off") == 0
		   ? ERR_OK
		   : wrong(s, text, "it takes on or off", e);
}

/* Whatever it is, it is not empty. */
static enum err_code
set_text(const struct config_setting *s, const char *text, const char *what,
	 const char **out, struct err *e)
{
	*out = text;
	return *text != '\0' ? ERR_OK : wrong(s, text, what, e);
}

typedef enum err_code (*checker)(const char *text, struct err *e);

/* Of what may hold a secret, nothing but the reason is told. */
static enum err_code
set_secret(const struct config_setting *s, const char *text, checker check,
	   const char *what, const char **out, struct err *e)
{
	struct err reason = {.code = ERR_OK};

	*out = text;
	if (check(text, &reason) == ERR_OK)
		return ERR_OK;
	return err_set(e, ERR_SETTING, "%s %s; it takes %s", s->name,
		       reason.text, what);
}

/* Of what holds no secret. */
static enum err_code
set_checked(const struct config_setting *s, const char *text, checker check,
	    const char *what, const char **out, struct err *e)
{
	struct err reason = {.code = ERR_OK};

	*out = text;
	if (check(text, &reason) == ERR_OK)
		return ERR_OK;
	return err_set(e, reason.code, "%s is \"%.64s\": %s; it takes %s",
		       s->name, text, reason.text, what);
}

static enum err_code
set_user(const struct config_setting *s, const char *text, const char **out,
	 struct err *e)
{
	*out = text;
	return strchr(text, ':') == NULL
		   ? ERR_OK
		   : wrong(s, text, "a user's name has no colon in it", e);
}

static enum err_code
set_file(const struct config_setting *s, const char *text, const char **out,
	 struct err *e)
{
	*out = text;
	if (access(text, R_OK) == 0)
		return ERR_OK;
	return err_set(e, ERR_SETTING,
		       "%s is \"%.200s\": it takes a file that can be read: %s",
		       s->name, text, strerror(errno));
}

static enum err_code
set_path(const struct config_setting *s, const char *text, const char **out,
	 struct err *e)
{
	*out = text;
	return *text == '/' ? ERR_OK
			    : wrong(s, text, "it takes a path from / on", e);
}

static enum err_code
set_alerts(const struct config_setting *s, const char *text, const char **out,
	   struct err *e)
{
	*out = text;
	if (strcmp(text, "auto") == 0 || strcmp(text, "off") == 0)
		return ERR_OK;
	return set_checked(s, text, matchers_check,
			   "auto, off, or matchers such as {team=\"gpu\"}", out,
			   e);
}

/* Those that may be empty are not set then. */
static enum err_code
set_optional(const struct config_setting *s, const char *text, const char **out,
	     struct err *e)
{
	*out = NULL;
	if (*text == '\0')
		return ERR_OK;
	switch (s->type) {
	case TYPE_HEADERS:
		return set_secret(s, text, headers_check,
				  "Name=value,Name=value", out, e);
	case TYPE_PROXY:
		return set_secret(s, text, url_check_proxy,
				  "a URL such as http://proxy:3128", out, e);
	case TYPE_LABELS:
		return set_checked(s, text, promql_check_labels,
				   "names of labels with commas between", out,
				   e);
	case TYPE_MATCHERS:
		return set_checked(s, text, matchers_check,
				   "matchers such as {cluster=\"a\"} or "
				   "{cluster=~\"a|b\",env!=\"test\"}",
				   out, e);
	case TYPE_USER:
		return set_user(s, text, out, e);
	case TYPE_PATH:
		return set_path(s, text, out, e);
	default:
		return set_file(s, text, out, e);
	}
}

static enum err_code
set_value(const struct config_setting *s, const char *text, struct config *out,
	  struct err *e)
{
	void *place = (char *)out + s->offset;

	switch (s->type) {
	case TYPE_NUMBER:
		return set_number(s, text, place, e);
	case TYPE_LOG_LEVEL:
		return set_log_level(s, text, place, e);
	case TYPE_LOG_FORMAT:
		return set_log_format(s, text, place, e);
	case TYPE_COMMAND:
		return set_command(s, text, place, e);
	case TYPE_SWITCH:
		return set_switch(s, text, place, e);
	case TYPE_URLS:
		return set_secret(s, text, server_check,
				  "a URL such as http://localhost:9090 or "
				  "https://user:password@host/path, or several "
				  "with commas between",
				  place, e);
	case TYPE_DIRECTORY:
		return set_text(s, text, "it takes a directory", place, e);
	case TYPE_TABLE:
		return set_text(s, text, "it takes a file", place, e);
	case TYPE_ALERTS:
		return set_alerts(s, text, place, e);
	case TYPE_PROFILES:
		return set_text(s, text,
				"it takes auto, or names of profiles with "
				"commas between",
				place, e);
	default:
		return set_optional(s, text, place, e);
	}
}

static enum err_code
need_both(const char *a, const char *a_name, const char *b, const char *b_name,
	  struct err *e)
{
	if ((a == NULL) == (b == NULL))
		return ERR_OK;
	return err_set(e, ERR_SETTING, "%s is set without %s: it takes both",
		       a != NULL ? a_name : b_name,
		       a != NULL ? b_name : a_name);
}

/* What makes sense together only, or not together. */
static enum err_code
check_together(const struct config *c, struct err *e)
{
	enum err_code code = need_both(c->prometheus_user, "PROMETHEUS_USER",
				       c->prometheus_password_file,
				       "PROMETHEUS_PASSWORD_FILE", e);

	if (code == ERR_OK)
		code =
		    need_both(c->prometheus_cert_file, "PROMETHEUS_CERT_FILE",
			      c->prometheus_key_file, "PROMETHEUS_KEY_FILE", e);
	if (code == ERR_OK && c->prometheus_user != NULL &&
	    c->prometheus_token_file != NULL)
		code = err_set(e, ERR_SETTING,
			       "PROMETHEUS_USER and PROMETHEUS_TOKEN_FILE are "
			       "both set: it takes one of them");
	return code;
}

enum err_code
config_load(struct config *out, config_lookup lookup, struct err *e)
{
	for (size_t i = 0; i < config_table_count; i++) {
		const char *text = lookup(config_table[i].name);
		enum err_code code;

		if (text == NULL)
			text = config_table[i].standard;
		code = set_value(&config_table[i], text, out, e);
		if (code != ERR_OK)
			return code;
	}
	return check_together(out, e);
}

enum log_format
config_log_format(config_lookup lookup)
{
	const char *text = lookup("LOG_FORMAT");

	return text != NULL && strcmp(text, log_format_name(LOG_JSON)) == 0
		   ? LOG_JSON
		   : LOG_LOGFMT;
}

void
config_write_help(FILE *out)
{
	for (size_t i = 0; i < config_table_count; i++) {
		fprintf(out, "  %s", config_table[i].name);
		if (*config_table[i].standard != '\0')
			fprintf(out, " (%s)", config_table[i].standard);
		fprintf(out, "\n      %s\n", config_table[i].sentence);
	}
}

/* URLs and headers may hold a secret: whether they are set is all that is
 * told. */
static void
write_value(const struct config_setting *s, const struct config *c,
	    struct json *j)
{
	const void *place = (const char *)c + s->offset;

	switch (s->type) {
	case TYPE_NUMBER:
		json_integer(j, *(const long long *)place);
		break;
	case TYPE_LOG_LEVEL:
		json_text(j, log_level_name(*(const enum log_level *)place));
		break;
	case TYPE_LOG_FORMAT:
		json_text(j, log_format_name(*(const enum log_format *)place));
		break;
	case TYPE_COMMAND:
		json_text(j,
			  command_names[*(const enum endpoint_command *)place]);
		break;
	case TYPE_SWITCH:
		json_boolean(j, *(const bool *)place);
		break;
	case TYPE_URLS:
	case TYPE_HEADERS:
	case TYPE_PROXY:
		json_text(j,
			  *(const char *const *)place != NULL ? "(set)" : NULL);
		break;
	default:
		json_text(j, *(const char *const *)place);
	}
}

void
config_write_values(const struct config *c, struct json *j)
{
	json_open_object(j);
	for (size_t i = 0; i < config_table_count; i++) {
		json_key(j, config_table[i].name);
		write_value(&config_table[i], c, j);
	}
	json_close_object(j);
}
