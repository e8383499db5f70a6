/*
 * What an exporter calls things: one JSON file for each dialect of each
 * exporter, so that a new one needs no new program. conf/profiles/README.md has
 * the format.
 */
#ifndef GPU_PROFILE_PROFILE_H
#define GPU_PROFILE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "gpu/field.h"
#include "gpu/problem.h"

/* What a label may say. */
enum profile_label {
	PROFILE_NODE,
	PROFILE_INDEX,
	PROFILE_UUID,
	PROFILE_ID,   /* of the GPU, unique on its node only */
	PROFILE_CARD, /* of which it may be a part: unique on its node */
	PROFILE_MODEL,
	PROFILE_MIG_INSTANCE,
	PROFILE_MIG_PROFILE,
	PROFILE_WORKLOAD, /* a pod's name: the target's, or as below */
	/* Who uses the GPU: */
	PROFILE_POD,
	PROFILE_NAMESPACE,
	PROFILE_CONTAINER,
	PROFILE_JOB,
	PROFILE_JOB_USER,
	PROFILE_JOB_PARTITION,
	PROFILE_BUS, /* a PCI address */
	PROFILE_VENDOR,
	PROFILE_PID,
	PROFILE_PROCESS_NAME,
	PROFILE_USER,
	PROFILE_COMMAND,
	/* Not in the files: */
	PROFILE_HOST,	  /* the last of the names for the node that is there */
	PROFILE_INSTANCE, /* Prometheus' own label for the target */
	PROFILE_EXPORTED_INSTANCE, /* what another Prometheus said of it */
	PROFILE_CLUSTER,	   /* see profile_adopt */
	PROFILE_METRIC, /* the metric's name, where one query asks several */
	PROFILE_VALUE,	/* see value_label */
	PROFILE_LABEL__MAX
};

/* A set of labels. */
typedef uint32_t profile_labels;
#define PROFILE_BIT(label) (UINT32_C(1) << (label))
#define PROFILE_OF_PROCESSES                                                   \
	(PROFILE_BIT(PROFILE_PID) | PROFILE_BIT(PROFILE_PROCESS_NAME) |        \
	 PROFILE_BIT(PROFILE_USER) | PROFILE_BIT(PROFILE_COMMAND))
#define PROFILE_OF_WORKLOADS                                                   \
	(PROFILE_BIT(PROFILE_POD) | PROFILE_BIT(PROFILE_NAMESPACE) |           \
	 PROFILE_BIT(PROFILE_CONTAINER) | PROFILE_BIT(PROFILE_JOB) |           \
	 PROFILE_BIT(PROFILE_JOB_USER) | PROFILE_BIT(PROFILE_JOB_PARTITION))
/* What tells the cards of a target apart. */
#define PROFILE_OF_CARDS                                                       \
	(PROFILE_BIT(PROFILE_UUID) | PROFILE_BIT(PROFILE_INDEX) |              \
	 PROFILE_BIT(PROFILE_ID))
/* What tells targets apart. */
#define PROFILE_OF_TARGETS                                                     \
	(PROFILE_BIT(PROFILE_CLUSTER) | PROFILE_BIT(PROFILE_INSTANCE) |        \
	 PROFILE_BIT(PROFILE_EXPORTED_INSTANCE))

enum {
	/* Of the file, its target, and where that was federated from. */
	PROFILE_OWN_LABELS_MAX = 129,
	PROFILE_TARGET_LABELS_MAX = 16,
	PROFILE_LABELS_MAX = PROFILE_OWN_LABELS_MAX + PROFILE_TARGET_LABELS_MAX,
	PROFILE_TERMS_MAX = 24, /* labels of the site's, besides */
	PROFILE_OWN_METRICS_MAX = 96,
	PROFILE_ALTERNATIVES_MAX = 8,
	/* Each alternative of a counter may have another name. */
	PROFILE_METRICS_MAX =
	    PROFILE_OWN_METRICS_MAX + PROFILE_ALTERNATIVES_MAX,
	PROFILE_MATCH_METRICS_MAX = 16,
	PROFILE_PROBLEMS_MAX = 32,
	PROFILE_FILE_MAX_BYTES = 64 * 1024
};

/* What a metric's samples are. */
enum profile_kind {
	PROFILE_INFO,		/* nothing: only the labels count */
	PROFILE_INDEX_VALUE,	/* the GPU's index */
	PROFILE_FIELD,		/* an enum field */
	PROFILE_PROCESS,	/* an enum process_field, or PROFILE_SEEN */
	PROFILE_WORKLOAD_FIELD, /* an enum workload_field */
	PROFILE_JOB_VALUE, /* PROFILE_JOB, or PROFILE_JOB_USER: its number */
	PROFILE_PROBLEM,   /* the place of a struct profile_problem */
	PROFILE_TIME	   /* when it was measured: in no file */
};

/* The field of a process's metric that has labels alone: the process is there.
 */
enum { PROFILE_SEEN = PROCESS_FIELD__MAX };

struct profile_metric {
	enum profile_kind kind;
	int field; /* of that kind */
	const char *name;
	const char *conditions;	 /* of the selector: `gpu!="",type="sm"` */
	const char *value_label; /* its number is the value; or NULL */
	/* Labels that tell no copies apart, in a list that ends with NULL: of
	 * workloads, of the conditions, and value_label. */
	const char *const *aside;
	double scale; /* from a sample to the field's unit */
	bool is_optional;
	bool is_zero_unknown;
	bool is_negative_unknown; /* sample, before scale */
	/* The name does not tell; scale is right if the samples do not. */
	bool is_ratio_or_percent;
	unsigned alternative; /* 0 is preferred */
};

/* Which samples of a metric tell of a problem. */
enum profile_problem_as {
	PROFILE_AS_POSITIVE, /* those above 0 */
	PROFILE_AS_ZERO,     /* those that are 0 */
	PROFILE_AS_BITS,     /* those with one of the mask's bits */
	PROFILE_AS_INCREASE, /* those that grew by more, within the window */
	PROFILE_AS_CODE,     /* those above 0, which are an Xid's number */
	PROFILE_AS_LEVEL     /* those from the first of the levels on */
};

struct profile_problem {
	enum problem_kind kind;
	enum profile_problem_as as;
	unsigned mask;
	int window_s;
	double above;		  /* increase: by more than that */
	double warning, critical; /* levels; the first may be infinite */
};

struct profile_name {
	const char *name;
	enum profile_label label;
	bool is_of_target; /* not the exporter's: any target may have it */
};

struct profile {
	const char *name;
	const char *vendor; /* or NULL */
	/* It passes on what others tell: of a GPU of which another exporter
	 * tells it says nothing. */
	bool is_second_hand;

	/* The exporter is there if one of these metrics is. */
	const char *match_metrics[PROFILE_MATCH_METRICS_MAX];
	size_t match_metric_count;
	const char *match_conditions;
	const char *matchers; /* see profile_matchers */

	/* Of the names for one thing, the first that a series has counts. */
	struct profile_name labels[PROFILE_LABELS_MAX + PROFILE_TERMS_MAX];
	size_t label_count;
	/* A name of PROFILE_WORKLOAD is one of who uses the GPU, too: unless
	 * the target has it. */
	bool workload_may_use_gpu;
	/* PROFILE_ID is a job's number, and PROFILE_INDEX that of a GPU among
	 * the job's: which GPU of its node that is nobody knows, nor whether
	 * another exporter tells of it. */
	bool id_is_job;
	/* One of these, or of the conditions, is no plain name: queries with it
	 * are for a Prometheus that knows such names. */
	bool has_quoted_labels;

	/* By kind; alternatives stand together. */
	struct profile_metric metrics[PROFILE_METRICS_MAX];
	size_t metric_count;
	struct profile_problem problems[PROFILE_PROBLEMS_MAX];
	size_t problem_count;
	/* What most of its metrics set aside: these have this very list. */
	const char *const *aside;
};

struct profile_set {
	struct budget budget;
	struct arena arena;
	struct profile **profiles; /* the first has precedence */
	size_t count;
};

/*
 * Reads every *.json file of the directory, in the order of their names.
 * ERR_SETTING names the file, the key, and what is wrong with it; a directory
 * without profiles is one too. The set is to be freed either way.
 */
enum err_code profile_load(const char *directory, struct profile_set *out,
			   struct err *e);

/* The same with the one file alone, whatever its name. */
enum err_code profile_load_file(const char *path, struct profile_set *out,
				struct err *e);

/*
 * Leaves only the profiles of that comma-separated list, in its order.
 * ERR_SETTING names one that is not there, and those that are.
 */
enum err_code profile_choose(struct profile_set *set, const char *names,
			     struct err *e);

/* Safe on a zeroed set. */
void profile_free(struct profile_set *set);

/* True if the profile has a name for that label. */
bool profile_has_label(const struct profile *p, enum profile_label label);

/* True if the profile has a metric of that kind. */
bool profile_has_kind(const struct profile *p, enum profile_kind kind);

/* Whether it tells who has its GPUs. */
bool profile_tells_workloads(const struct profile *p);

/* True if a label of that name is one of the profile's. */
bool profile_has_name(const struct profile *p, const char *name);

#endif
