/* What a request does, for those who look on: base/progress. */
#ifndef GPU_STAGE_H
#define GPU_STAGE_H

enum stage {
	STAGE_PREPARE, /* finds out what is wanted, and what to ask */
	STAGE_SHARE,   /* waits for an answer that is made, or for its turn */
	STAGE_ASK,     /* waits for Prometheus */
	STAGE_JOIN,
	STAGE_ENCODE,
	STAGE_SEND,
	STAGE__MAX
};

/* "prepare", "share", ... */
const char *stage_name(enum stage stage);

#endif
