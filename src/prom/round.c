#include "prom/round.h"

enum { UNDECIDED, UNKNOWN = -1 };

int64_t
round_time_ms(struct round *r, struct server *server)
{
	atomic_llong *time_ms = &r->time_ms[server - server->list->servers];
	long long decided = UNDECIDED;
	int64_t now_ms;

	if (atomic_load(time_ms) == UNDECIDED) {
		now_ms = remote_clock_now_ms(&server->clock);
		atomic_compare_exchange_strong(time_ms, &decided,
					       now_ms > 0 ? now_ms : UNKNOWN);
	}
	decided = atomic_load(time_ms);
	return decided == UNKNOWN ? 0 : decided;
}
