#include "support/webserver.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "support/file.h"
#include "support/http.h"
#include "support/page.h"
#include "support/port.h"

enum { READY_STEP_MS = 20, READY_STEPS = PROCESS_LIMIT_MS / READY_STEP_MS };

/* Replaces every occurrence in *text, and counts them. */
static unsigned
replace(char **text, const char *from, const char *to)
{
	const char *at = *text, *found;
	unsigned count = 0;
	char *made = NULL;
	size_t length;
	FILE *out = open_memstream(&made, &length);

	harness_require(out != NULL, "out of memory");
	while ((found = strstr(at, from)) != NULL) {
		fwrite(at, 1, (size_t)(found - at), out);
		fputs(to, out);
		at = found + strlen(from);
		count++;
	}
	fputs(at, out);
	fclose(out);
	free(*text);
	*text = made;
	return count;
}

static void
change(char **text, const struct webserver_change *c)
{
	harness_require(replace(text, c->from, c->to) > 0, "%s has no \"%s\"",
			c->file, c->from);
}

void
webserver_path(const struct webserver *w, char path[static HARNESS_PATH_BYTES],
	       const char *name)
{
	int length =
	    snprintf(path, HARNESS_PATH_BYTES, "%s/%s", w->directory, name);

	harness_require(length < HARNESS_PATH_BYTES, "too long: %s/%s",
			w->directory, name);
}

void
webserver_place(struct webserver *out, const struct webserver_kind *kind)
{
	char name[32], path[HARNESS_PATH_BYTES];
	static unsigned number;

	out->kind = kind;
	if (out->port == 0)
		out->port = port_free();
	snprintf(out->url, sizeof(out->url), "http://127.0.0.1:%u", out->port);
	snprintf(name, sizeof(name), "%s%u", kind->program, number);
	harness_path(out->directory, name);
	snprintf(name, sizeof(name), "access%u.log", number++);
	harness_path(out->access_log, name);
	webserver_path(out, path, "gpu-monitoring-api");
	harness_require(mkdir(out->directory, 0700) == 0 &&
			    mkdir(path, 0700) == 0,
			"cannot make %s", path);
}

static void
name_copy(const struct webserver *w, char path[static HARNESS_PATH_BYTES],
	  const char *file)
{
	char name[64];

	snprintf(name, sizeof(name), "gpu-monitoring-api/%s", file);
	webserver_path(w, path, name);
}

void
webserver_copy(const struct webserver *w, const char *file,
	       const struct webserver_change *changes, size_t count,
	       const struct webserver_change *own)
{
	char source[96], path[HARNESS_PATH_BYTES];
	char *text;

	snprintf(source, sizeof(source), "conf/%s/%s", w->kind->program, file);
	text = file_read(harness_source(source));
	harness_require(*text != '\0', "there is no %s", source);
	for (size_t i = 0; i < count; i++)
		if (strcmp(changes[i].file, file) == 0)
			change(&text, &changes[i]);
	if (own != NULL)
		change(&text, own);
	name_copy(w, path, file);
	file_write(path, text);
	free(text);
}

FILE *
webserver_open_main(const struct webserver *w)
{
	char path[HARNESS_PATH_BYTES];
	FILE *out;

	webserver_path(w, path, w->kind->main_file);
	out = fopen(path, "w");
	harness_require(out != NULL, "cannot write %s", path);
	return out;
}

static void
wait_until_ready(const struct webserver *w)
{
	const struct timespec pause = {.tv_nsec = READY_STEP_MS * 1000000L};
	struct http_reply r;
	int steps = 0;
	long status = 0;

	do {
		harness_require(steps++ < READY_STEPS, "%s does not start",
				w->kind->name);
		nanosleep(&pause, NULL);
		http_get(&r, webserver_url(w, "/"));
		status = r.status;
		http_free(&r);
	} while (status == 0);
}

void
webserver_run(struct webserver *w, FILE *main_file)
{
	harness_require(fclose(main_file) == 0, "cannot write %s/%s",
			w->directory, w->kind->main_file);
	w->process = w->kind->start(w);
	wait_until_ready(w);
}

/* The socket, and the directory where the files are installed. */
static void
copy_files(const struct webserver *w, const struct webserver_plan *plan)
{
	static const char socket[] =
	    "/run/gpu-monitoring-api/gpu-monitoring-api.sock";
	char path[HARNESS_PATH_BYTES], *text;
	unsigned sockets = 0;

	for (size_t i = 0; w->kind->files[i] != NULL; i++) {
		const char *file = w->kind->files[i];

		if (strchr(file, '/') != NULL) {
			name_copy(w, path, file);
			*strrchr(path, '/') = '\0';
			mkdir(path, 0700);
		}
		webserver_copy(w, file, plan->changes, plan->change_count,
			       NULL);
		name_copy(w, path, file);
		text = file_read(path);
		sockets += replace(&text, socket, plan->socket);
		if (plan->page != NULL)
			replace(&text, PAGE_INSTALLED, plan->page);
		if (w->kind->installed != NULL)
			replace(&text, w->kind->installed, w->directory);
		file_write(path, text);
		free(text);
	}
	harness_require(sockets == 1, "the socket is named %u times", sockets);
}

void
webserver_start(struct webserver *out, const struct webserver_kind *kind,
		const struct webserver_plan *plan)
{
	FILE *main_file;

	if (kind->start_planned != NULL) {
		kind->start_planned(out, plan);
		return;
	}
	webserver_place(out, kind);
	copy_files(out, plan);
	main_file = webserver_open_main(out);
	kind->write_main(main_file, out, plan);
	webserver_run(out, main_file);
}

void
webserver_edit(const struct webserver *w, const struct webserver_change *edit)
{
	char path[HARNESS_PATH_BYTES], *text;

	name_copy(w, path, edit->file);
	text = file_read(path);
	change(&text, edit);
	file_write(path, text);
	free(text);
}

const char *
webserver_url(const struct webserver *w, const char *path)
{
	static char url[16384];

	snprintf(url, sizeof(url), "%s%s", w->url, path);
	return url;
}
