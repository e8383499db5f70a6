/* The table of settings: what each is called, may be and is for. */
#ifndef CONFIG_TABLE_H
#define CONFIG_TABLE_H

#include <stddef.h>

/* What a value may be. */
enum config_type {
	TYPE_NUMBER,
	TYPE_LOG_LEVEL,
	TYPE_LOG_FORMAT,
	TYPE_COMMAND,
	TYPE_SWITCH,
	TYPE_URLS,
	TYPE_DIRECTORY,
	TYPE_PROFILES,
	TYPE_TABLE, /* a file */
	TYPE_ALERTS,
	/* These may be empty, and are NULL then. */
	TYPE_FILE,
	TYPE_PATH, /* of a file that need not be there */
	TYPE_USER,
	TYPE_HEADERS,
	TYPE_PROXY,
	TYPE_LABELS,
	TYPE_MATCHERS
};

struct config_setting {
	const char *name;
	enum config_type type;
	size_t offset; /* of its value in struct config */
	const char *standard;
	long long min, max; /* of a number */
	const char *sentence;
};

/* All of them, in the order in which they are told. */
extern const struct config_setting config_table[];
extern const size_t config_table_count;

#endif
