/*
 * From a request's parameters to its reply and its log line. Knows neither
 * FastCGI nor sockets.
 */
#ifndef WEB_HANDLE_H
#define WEB_HANDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/endpoint.h"
#include "api/named.h"
#include "base/arena.h"
#include "base/interest.h"
#include "base/progress.h"
#include "web/reply.h"
#include "web/request.h"
#include "web/share.h"

/* Of all requests. */
struct handle_settings {
	const struct collector *collector;
	const struct endpoint_self *self;
	bool has_debug;
	enum endpoint_command command;
	int64_t request_timeout_ms;
	int64_t health_timeout_ms;
	size_t max_response_bytes;
	size_t max_memory_bytes; /* of one request, without its answer */
	struct budget *budget;	 /* of all, with their answers */
	struct budget *waiting;	 /* the part of it for those that wait */
	long long stale_if_error_s;
	struct share *share;
	bool shares_answers;	    /* else each request asks for itself */
	struct progress_desk *desk; /* or NULL */
};

enum {
	/* Of snapshots, beside the answers of the endpoints: those of all that
	 * is told; and of less, be it fields or cards, or of other windows, so
	 * many in a second, lest who invents combinations has Prometheus asked
	 * for each. */
	HANDLE_SNAPSHOTS = 6,
	HANDLE_NARROW_SNAPSHOTS = 4,
	/* Of histories; what is longer is let go after its second. */
	HANDLE_HISTORIES = 32,
	HANDLE_HISTORY_BYTES = 4 << 20,
	HANDLE_KEY_MAX_BYTES = 8192,
	/* A failure's envelope always fits, whatever the settings allow. */
	HANDLE_FAILURE_BYTES = 8192,
	/* What a request takes while it waits, with what libfcgi has for it; so
	 * many of them are for its parameters, which may take more. */
	HANDLE_WAITING_BYTES = 32 * 1024,
	HANDLE_PARAMETER_BYTES = 8 * 1024
};

/* What a thread has that works on requests. All zero to begin with. */
struct handle_thread {
	enum share_seat seat; /* of handle_settings.share */
	/* Of which a failure is made: even without memory. */
	char failure[HANDLE_FAILURE_BYTES];
};

/* One request's own memory and reply. */
struct handle {
	struct share_request shared; /* has the body, or nothing */
	struct interest interest;    /* of those who wait for it */
	struct budget budget;
	struct arena arena;
	size_t waiting_bytes; /* what it takes if it waits */
	const struct handle_settings *settings;
	struct progress progress;
	struct request request;
	const struct endpoint *endpoint; /* NULL: none was found */
	struct params params;
	struct few_names names; /* if has_names: nobody else is needed */
	bool has_names;
	struct reply reply;
	struct err err;
	int64_t start_us, duration_us; /* once it has ended */
	double start_wall_s;	       /* as clock_wall_s has it */
	size_t query_count;
	int64_t decode_us;
	int64_t expires_s;  /* when it is to be told anew; 0: not told */
	struct buf body;    /* has it, if it is nobody else's */
	struct buf failure; /* in the thread's memory */
};

/* A request as it comes. */
struct handle_input {
	request_parameter get;
	const void *context;
	size_t parameter_bytes; /* that the caller holds of it */
	int fd;			/* as of struct share_request */
};

/*
 * True: there is a reply, to be sent, then handle_end, then handle_fini. It is
 * valid until the thread handles the next one. False: the request waits for
 * others, and belongs to nobody until handle_next returns it, with a reply.
 * The settings are borrowed until handle_fini; the parameters no longer than
 * this takes.
 */
bool handle_request(struct handle *h, const struct handle_settings *settings,
		    struct handle_thread *thread,
		    const struct handle_input *input);

/*
 * One that has waited, with its reply, to be sent and so on; NULL: none.
 * Each thread has to call it after each request until it returns NULL, and
 * may at any other time: then it helps others.
 */
struct handle *handle_next(const struct handle_settings *settings,
			   struct handle_thread *thread);

/* Whether there are any that wait, for whatever. */
bool handle_has_waiting(const struct handle_settings *settings);

/* Once the reply has been sent: counts the request, and writes its one line to
 * the log. */
void handle_end(struct handle *h);

void handle_fini(struct handle *h);

#endif
