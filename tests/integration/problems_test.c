/*
 * What is wrong, of a past that was written for it: each kind of problem beside
 * cards that are well, and sites on which much changes and nothing is wrong.
 * The rows in tests/problems were written by hand.
 */
#include <CUnit/CUnit.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/backfill.h"
#include "support/csv_rows.h"
#include "support/exporters.h"
#include "support/file.h"
#include "support/harness.h"
#include "support/responder.h"
#include "support/suite.h"

enum {
	STEP_S = 60,
	/* Samples of the time to come stay in the lookback of a slow test. */
	END_S = 1200,
	START_S = -90000,
	LABELS_BYTES = 512
};

static struct source prometheus;
static long long now_s;

/* --- the past ------------------------------------------------------------- */

/* A series, from and to in seconds against now; from change on it is later. */
struct series {
	int from, to;
	double value;
	int change;
	double later;
};

#define STEADY(value)		    {START_S, END_S, (value), END_S, (value)}
#define SINCE(from, value)	    {(from), END_S, (value), END_S, (value)}
#define CHANGED(value, when, later) {START_S, END_S, (value), (when), (later)}

static const struct series always = STEADY(1);

static struct series
steady(double value)
{
	return (struct series)STEADY(value);
}

/* Its last sample was so long ago. */
static struct series
until(int to, double value)
{
	return (struct series){START_S, to, value, END_S, value};
}

static struct series
since(int from, double value)
{
	return (struct series)SINCE(from, value);
}

static struct series
changed(double value, int change, double later)
{
	return (struct series)CHANGED(value, change, later);
}

static void
write_series(FILE *out, const char *metric, const char *labels,
	     const struct series *s)
{
	for (int t = s->from; t <= s->to; t += STEP_S)
		fprintf(out, "%s{%s} %.17g %lld\n", metric, labels,
			t < s->change ? s->value : s->later, now_s + t);
	/* To the second. */
	fprintf(out, "%s{%s} %.17g %lld\n", metric, labels,
		s->to < s->change ? s->value : s->later, now_s + s->to + 1);
}

struct place {
	const char *cluster, *node, *instance, *more;
};

static const char *
target_labels(const struct place *p)
{
	static char labels[LABELS_BYTES];

	snprintf(labels, sizeof(labels),
		 "job=\"dcgm\",instance=\"%s:9400\",cluster=\"%s\"%s%s",
		 p->instance, p->cluster, p->more != NULL ? "," : "",
		 p->more != NULL ? p->more : "");
	return labels;
}

/* A card's uuid tells its node and index: GPU-000000a1-... is of "a1". */
static void
write_of_card(FILE *out, const struct place *p, unsigned index,
	      const char *metric, struct series s)
{
	char labels[2 * LABELS_BYTES];

	snprintf(labels, sizeof(labels),
		 "gpu=\"%u\",UUID=\"GPU-000000%s-0000-4000-8000-00000000000%u\""
		 ",modelName=\"NVIDIA H100\",Hostname=\"%s\",%s",
		 index, p->node, index, p->node, target_labels(p));
	write_series(out, metric, labels, &s);
}

static void
write_card(FILE *out, const struct place *p, unsigned index, struct series s)
{
	struct series use = s;

	use.value = use.later = 50;
	write_of_card(out, p, index, "DCGM_FI_DEV_GPU_UTIL", use);
	use.value = use.later = 60;
	write_of_card(out, p, index, "DCGM_FI_DEV_GPU_TEMP", use);
	use.value = use.later = 1000;
	write_of_card(out, p, index, "DCGM_FI_DEV_FB_USED", use);
	write_of_card(out, p, index, "DCGM_FI_DEV_FB_FREE", use);
}

static void
write_up(FILE *out, const struct place *p, struct series s)
{
	write_series(out, "up", target_labels(p), &s);
}

/* With as many cards, all of them well. */
static void
write_node(FILE *out, const struct place *p, unsigned cards, struct series s)
{
	for (unsigned i = 0; i < cards; i++)
		write_card(out, p, i, s);
}

static void
write_kube(FILE *out, const char *cluster, const char *metric,
	   const char *labels, double value)
{
	char text[LABELS_BYTES];
	struct series s = steady(value);

	snprintf(text, sizeof(text),
		 "job=\"ksm\",instance=\"ksm:8080\",cluster=\"%s\",%s", cluster,
		 labels);
	write_series(out, metric, text, &s);
}

/* --- what is wrong -------------------------------------------------------- */

/* All of a job are down for hours. */
static void
write_job(FILE *out)
{
	static const struct series card = {START_S, -15000, 50, END_S, 50},
				   target = CHANGED(1, -15000, 0);
	static const char labels[] = "job=\"whole\",instance=\"a9:9400\","
				     "cluster=\"sick\"";
	char more[LABELS_BYTES];

	snprintf(more, sizeof(more),
		 "gpu=\"0\",Hostname=\"a9\",modelName=\"NVIDIA H100\","
		 "UUID=\"GPU-000000a9-0000-4000-8000-000000000000\",%s",
		 labels);
	write_series(out, "DCGM_FI_DEV_GPU_UTIL", more, &card);
	write_series(out, "DCGM_FI_DEV_FB_USED", more, &card);
	write_series(out, "DCGM_FI_DEV_FB_FREE", more, &card);
	write_series(out, "up", labels, &target);
}

static void
write_lost(FILE *out)
{
	static const struct place one = {"sick", "a1", "10.0.0.1", NULL},
				  down = {"sick", "a2", "10.0.0.2", NULL},
				  gone = {"sick", "a3", "10.0.0.3", NULL},
				  unseen = {"sick", "a4", "10.0.0.4", NULL},
				  all = {"sick", "a5", "10.0.0.5", NULL},
				  second = {"sick", "a5", "10.0.0.55", NULL},
				  half = {"sick", "a6", "10.0.0.6", NULL},
				  other = {"sick", "a6", "10.0.0.66", NULL};

	write_up(out, &one, always);
	write_node(out, &one, 2, always);
	write_card(out, &one, 2, until(-540, 0));
	write_up(out, &down, changed(1, -540, 0));
	write_node(out, &down, 2, until(-540, 0));
	write_up(out, &gone, until(-3000, 1));
	write_node(out, &gone, 3, until(-3000, 0));
	write_up(out, &unseen, until(-3000, 1));
	write_node(out, &unseen, 1, until(-3000, 0));
	write_kube(out, "sick", "kube_node_status_condition",
		   "node=\"a4\",condition=\"Ready\",status=\"true\"", 1);
	write_up(out, &all, always);
	write_node(out, &all, 1, until(-3000, 0));
	write_job(out);
	write_up(out, &second, always);
	/* One of two that tell of the same cards. */
	write_up(out, &half, changed(1, -540, 0));
	write_node(out, &half, 2, until(-540, 0));
	write_up(out, &other, always);
	write_node(out, &other, 2, always);
}

static void
write_sick(FILE *out)
{
	static const struct place b = {"sick", "b1", "10.0.1.1", NULL},
				  coded = {"sick", "b1", "10.0.1.1",
					   "xid=\"48\""},
				  again = {"sick", "b1", "10.0.1.1",
					   "xid=\"95\""};

	write_up(out, &b, always);
	write_node(out, &b, 12, always);
	write_of_card(out, &b, 0, "DCGM_FI_DEV_XID_ERRORS",
		      changed(13, -600, 79));
	write_of_card(out, &b, 1, "DCGM_FI_DEV_XID_ERRORS", since(-600, 31));
	write_of_card(out, &b, 2, "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL",
		      changed(1, -600, 3));
	write_of_card(out, &b, 3, "DCGM_FI_DEV_ROW_REMAP_FAILURE", steady(1));
	write_of_card(out, &b, 4, "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS",
		      changed(0, -7200, 1));
	write_of_card(out, &b, 4, "DCGM_FI_DEV_CLOCKS_EVENT_REASONS",
		      changed(1, -400, 0x20));
	write_of_card(out, &b, 5, "DCGM_FI_DEV_CLOCKS_EVENT_REASONS",
		      steady(0x41));
	write_of_card(out, &b, 6, "DCGM_FI_DEV_CLOCKS_EVENT_REASONS",
		      steady(0x84));
	write_of_card(out, &b, 7, "DCGM_EXP_GPU_HEALTH_STATUS", steady(10));
	write_of_card(out, &b, 8, "DCGM_EXP_GPU_HEALTH_STATUS", steady(20));
	/* Both began anew, and have grown since. */
	write_of_card(out, &b, 9, "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL",
		      changed(5, -600, 1));
	write_of_card(out, &coded, 10, "DCGM_EXP_XID_ERRORS_TOTAL",
		      changed(3, -600, 1));
	/* Once more what it was an hour ago. */
	write_of_card(out, &b, 11, "DCGM_FI_DEV_XID_ERRORS", steady(95));
	write_of_card(out, &again, 11, "DCGM_EXP_XID_ERRORS_TOTAL",
		      changed(1, -600, 2));
}

static void
write_measured(FILE *out)
{
	static const struct place c = {"sick", "c1", "10.0.2.1", NULL},
				  stale = {"stale", "c3", "10.0.2.3", NULL};
	static const struct place idle = {
	    "sick", "c2", "10.0.2.2",
	    "exported_namespace=\"team-a\",exported_pod=\"train-0\","
	    "exported_container=\"main\""};

	write_up(out, &c, always);
	write_card(out, &c, 0, always);
	write_of_card(out, &c, 1, "DCGM_FI_DEV_GPU_UTIL", steady(50));
	write_of_card(out, &c, 1, "DCGM_FI_DEV_GPU_TEMP", steady(95));
	write_of_card(out, &c, 2, "DCGM_FI_DEV_GPU_UTIL", steady(50));
	write_of_card(out, &c, 2, "DCGM_FI_DEV_MEMORY_TEMP", steady(105));
	write_up(out, &(struct place){"sick", "c2", "10.0.2.2", NULL}, always);
	write_of_card(out, &idle, 0, "DCGM_FI_DEV_GPU_UTIL", steady(0));
	write_up(out, &stale, always);
	write_node(out, &stale, 1, until(-200, 0));
	write_kube(out, "sick", "kube_node_status_capacity",
		   "node=\"c1\",resource=\"nvidia_com_gpu\"", 4);
	write_kube(out, "sick", "kube_node_status_allocatable",
		   "node=\"c1\",resource=\"nvidia_com_gpu\"", 3);
}

/* --- what is not ---------------------------------------------------------- */

/* Other pods on the cards, and counters that are not 0. */
static void
write_pods(FILE *out)
{
	static const struct place before = {"churn", "d1", "10.1.0.1",
					    "exported_pod=\"a\""},
				  after = {"churn", "d1", "10.1.0.1",
					   "exported_pod=\"b\""},
				  target = {"churn", "d1", "10.1.0.1", NULL};

	write_up(out, &target, always);
	write_node(out, &before, 2, until(-400, 0));
	write_node(out, &after, 2, since(-340, 0));
	write_of_card(out, &before, 0, "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL",
		      until(-400, 5));
	write_of_card(out, &after, 0, "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL",
		      since(-340, 5));
	write_of_card(out, &before, 1, "DCGM_FI_DEV_XID_ERRORS",
		      until(-400, 79));
	write_of_card(out, &after, 1, "DCGM_FI_DEV_XID_ERRORS",
		      since(-340, 79));
	write_of_card(out, &after, 1, "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS",
		      changed(7, -600, 0));
	write_of_card(out, &after, 1, "DCGM_FI_DEV_CLOCKS_EVENT_REASONS",
		      changed(0x60, -600, 1));
}

static void
write_up_of(FILE *out, const char *cluster, const char *job,
	    const char *instance, struct series s)
{
	char labels[LABELS_BYTES];

	snprintf(labels, sizeof(labels),
		 "job=\"%s\",instance=\"%s\",cluster=\"%s\"", job, instance,
		 cluster);
	write_series(out, "up", labels, &s);
}

/* A job of all pods: others of it are down, which are no exporters of GPUs. */
static void
write_shared_job(FILE *out)
{
	static const struct series card = STEADY(50);
	static const char labels[] =
	    "job=\"pods\",instance=\"10.1.3.1:9400\",cluster=\"churn\","
	    "gpu=\"0\",UUID=\"GPU-000000h1-0000-4000-8000-000000000000\","
	    "Hostname=\"h1\"";

	write_series(out, "DCGM_FI_DEV_GPU_UTIL", labels, &card);
	write_series(out, "DCGM_FI_DEV_FB_USED", labels, &card);
	write_series(out, "DCGM_FI_DEV_FB_FREE", labels, &card);
	write_up_of(out, "churn", "pods", "10.1.3.1:9400", always);
	write_up_of(out, "churn", "pods", "10.1.3.2:8080", always);
	write_up_of(out, "churn", "pods", "10.1.3.3:8080", steady(0));
}

/* At another address, with another node's label, or on its way back. */
static void
write_restarts(FILE *out)
{
	static const struct place before = {"churn", "e1", "10.1.1.1", NULL},
				  after = {"churn", "e1", "10.1.1.2", NULL},
				  back = {"churn", "e2", "10.1.1.3", NULL},
				  moved = {"churn", "e3", "10.1.1.4", NULL},
				  beside = {"churn", "e3", "10.1.1.5", NULL};

	write_up(out, &before, until(-900, 1));
	write_node(out, &before, 2, until(-900, 0));
	write_up(out, &after, since(-840, 1));
	write_node(out, &after, 2, since(-840, 0));
	write_up(out, &back, always);
	write_node(out, &back, 2, until(-330, 0));
	/* Of two on a node, one is to come back at another address. */
	write_up(out, &moved, until(-330, 1));
	write_node(out, &moved, 2, until(-330, 0));
	write_up(out, &beside, always);
	write_card(out, &beside, 2, always);
}

static void
write_instance(FILE *out, const struct place *p, unsigned instance,
	       struct series s)
{
	char more[96];
	struct place part = *p;

	snprintf(more, sizeof(more),
		 "GPU_I_ID=\"%u\",GPU_I_PROFILE=\"3g.40gb\"", instance);
	part.more = more;
	write_of_card(out, &part, 0, "DCGM_FI_PROF_GR_ENGINE_ACTIVE", s);
	write_of_card(out, &part, 0, "DCGM_FI_DEV_FB_USED", s);
	write_of_card(out, &part, 0, "DCGM_FI_DEV_GPU_UTIL", s);
}

/* Split, split otherwise, and told of twice, of which one half is down. */
static void
write_splits(FILE *out)
{
	static const struct place split = {"churn", "f1", "10.1.2.1", NULL},
				  left = {"churn", "f2", "10.1.2.2",
					  "replica=\"a\""},
				  right = {"churn", "f2", "10.1.2.2",
					   "replica=\"b\""};

	write_up(out, &split, always);
	write_card(out, &split, 0, until(-3000, 0));
	write_instance(out, &split, 1, (struct series){-2940, -600, 0, 0, 0});
	write_instance(out, &split, 2, since(-540, 0));
	write_up(out, &left, always);
	write_node(out, &left, 2, always);
	write_up(out, &right, changed(1, -600, 0));
	write_node(out, &right, 2, until(-600, 0));
}

/* As Prometheus writes those that fire; one of them is about nobody's GPU. */
static void
write_alerts(FILE *out)
{
	static const char *const alerts[] = {
	    "alertname=\"GPUFanBroken\",severity=\"critical\",cluster="
	    "\"alerts\","
	    "UUID=\"GPU-000000g1-0000-4000-8000-000000000001\"",
	    "alertname=\"NodeGpuDriverOld\",severity=\"page\","
	    "cluster=\"alerts\",instance=\"10.2.0.1:9400\"",
	    "alertname=\"DiskFull\",severity=\"critical\",cluster=\"alerts\","
	    "node=\"g1\""};
	static const struct place g = {"alerts", "g1", "10.2.0.1", NULL};
	char labels[LABELS_BYTES];

	write_up(out, &g, always);
	write_node(out, &g, 2, always);
	for (size_t i = 0; i < sizeof(alerts) / sizeof(*alerts); i++) {
		struct series began = steady((double)(now_s - 7200));

		snprintf(labels, sizeof(labels), "alertstate=\"firing\",%s",
			 alerts[i]);
		write_series(out, "ALERTS", labels, &always);
		write_series(out, "ALERTS_FOR_STATE", alerts[i], &began);
	}
}

/* What the other exporters that tell of problems call it. */
static void
write_others(FILE *out)
{
#define SMI "job=\"smi\",instance=\"h1:9835\",cluster=\"others\",uuid=\"aa-1\""
#define AMD                                                                    \
	"job=\"amd\",instance=\"h2:5000\",cluster=\"others\",hostname=\"h2\"," \
	"gpu_id=\"0\",gpu_uuid=\"aa-2\",gpu_compute_partition_type=\"spx\""
#define NPU                                                                    \
	"job=\"npu\",instance=\"h3:8082\",cluster=\"others\",id=\"0\","        \
	"vdie_id=\"AA-3\""
#define NEW                                                                    \
	"job=\"new\",instance=\"h4:9400\",cluster=\"others\",gpu=\"0\","       \
	"UUID=\"GPU-aa-4\",Hostname=\"h4\""
#define LOW                                                                    \
	"job=\"low\",instance=\"h5:9400\",cluster=\"others\",gpu=\"0\","       \
	"uuid=\"GPU-aa-5\",hostname=\"h5\",modelname=\"T4\""
	static const struct {
		const char *metric, *labels;
		struct series s;
	} lines[] = {
	    {"nvidia_smi_gpu_info", SMI ",name=\"L4\",index=\"0\"", STEADY(1)},
	    {"nvidia_smi_utilization_gpu_ratio", SMI, STEADY(0.5)},
	    {"nvidia_smi_memory_used_bytes", SMI, STEADY(1)},
	    {"nvidia_smi_memory_total_bytes", SMI, STEADY(2)},
	    {"nvidia_smi_remapped_rows_failure", SMI, STEADY(1)},
	    {"nvidia_smi_clocks_event_reasons_sw_thermal_slowdown", SMI,
	     STEADY(1)},
	    {"nvidia_smi_ecc_errors_uncorrected_volatile_total", SMI,
	     CHANGED(3, -600, 5)},
	    {"nvidia_smi_xid_errors_total", SMI ",xid=\"31\"", STEADY(4)},
	    {"nvidia_smi_xid_errors_total", SMI ",xid=\"119\"", SINCE(-600, 1)},
	    {"gpu_gfx_activity", AMD, STEADY(50)},
	    {"gpu_used_vram", AMD, STEADY(1)},
	    {"gpu_total_vram", AMD, STEADY(2)},
	    {"gpu_health", AMD, STEADY(0)},
	    {"gpu_ecc_uncorrect_total", AMD, CHANGED(0, -600, 1)},
	    {"gpu_violation_hbm_thermal_residency_percentage", AMD,
	     CHANGED(0, -400, 12)},
	    {"gpu_violation_ppt_residency_percentage", AMD, STEADY(3)},
	    {"npu_chip_info_utilization", NPU, STEADY(50)},
	    {"npu_chip_info_hbm_used_memory", NPU, STEADY(1)},
	    {"npu_chip_info_hbm_total_memory", NPU, STEADY(2)},
	    {"npu_chip_info_health_status", NPU, STEADY(0)},
	    {"DCGM_FI_DEV_GPU_UTIL_RATIO", NEW, STEADY(0.5)},
	    {"DCGM_FI_DEV_FB_USED_BYTES", NEW, STEADY(1)},
	    {"DCGM_FI_DEV_FB_CAPACITY_BYTES", NEW, STEADY(2)},
	    {"DCGM_FI_DEV_ROW_REMAP_FAILED", NEW, STEADY(1)},
	    {"DCGM_FI_DEV_XID_ERROR", NEW, CHANGED(0, -600, 48)},
	    {"dcgm_fi_dev_gpu_util", LOW, STEADY(50)},
	    {"dcgm_fi_dev_fb_used", LOW, STEADY(1)},
	    {"dcgm_fi_dev_fb_free", LOW, STEADY(1)},
	    {"dcgm_fi_dev_row_remap_pending", LOW, STEADY(1)}};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		write_series(out, lines[i].metric, lines[i].labels,
			     &lines[i].s);
}

static void
write_passed_on(FILE *out, const char *node, struct series s)
{
	static const char *const metrics[] = {
	    "gpu_info", "gpu_utilization_percent", "gpu_memory_used_bytes",
	    "gpu_memory_total_bytes"};
	char labels[LABELS_BYTES];

	snprintf(labels, sizeof(labels),
		 "job=\"api\",instance=\"api:8080\",cluster=\"passed-on\","
		 "node=\"%s\",gpu_index=\"0\",exporter=\"dcgm-exporter\","
		 "uuid=\"000000%s-0000-4000-8000-000000000000\"",
		 node, node);
	for (size_t i = 0; i < sizeof(metrics) / sizeof(*metrics); i++)
		write_series(out, metrics[i], labels, &s);
}

/* Who passes on what others tell is up, whatever becomes of these: a node that
 * is gone, and one of which the exporter, known here as well, is down. */
static void
write_second_hand(FILE *out)
{
	static const struct place down = {"passed-on", "k3", "10.4.0.3", NULL};

	write_up_of(out, "passed-on", "api", "api:8080", always);
	write_passed_on(out, "k1", always);
	write_passed_on(out, "k2", until(-3000, 1));
	write_up(out, &down, changed(1, -3000, 0));
	write_node(out, &down, 1, until(-3000, 0));
	write_passed_on(out, "k3", until(-2940, 1));
}

static void
write_all(FILE *out, const void *context)
{
	(void)context;
	write_lost(out);
	write_sick(out);
	write_measured(out);
	write_pods(out);
	write_restarts(out);
	write_shared_job(out);
	write_splits(out);
	write_alerts(out);
	write_others(out);
	write_second_hand(out);
}

/* --- the rows ------------------------------------------------------------- */

static void
expect(const struct responder *r, const char *cluster, const char *name)
{
	char file[512], part[64];

	snprintf(part, sizeof(part), "tests/problems/%s.csv", name);
	snprintf(file, sizeof(file), "%s", harness_source(part));
	csv_rows_expect(r, "/api/v1/gpu/problems", cluster, file);
}

static void
start(struct responder *r)
{
	responder_start(r, prometheus.url, NULL);
}

static void
each_kind(void)
{
	struct responder r;

	start(&r);
	expect(&r, "sick", "rows");
	expect(&r, "stale", "stale");
	expect(&r, "alerts", "alerts");
	expect(&r, "others", "others");
	expect(&r, "passed-on", "passed-on");
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

/* The summary counts those rows; of a node that is gone nothing is known but
 * its name. */
static void
counted(void)
{
	static const struct {
		const char *query, *counts;
	} asked[] = {
	    {"cluster=sick", "{\"critical\":14,\"warning\":7,\"info\":4}"},
	    {"cluster=sick&node_name=c1",
	     "{\"critical\":0,\"warning\":3,\"info\":0}"},
	    {"cluster=sick&node_name=a3",
	     "{\"critical\":0,\"warning\":0,\"info\":1}"},
	    {"cluster=sick&node_name=a3&gpu_count=1..",
	     "{\"critical\":0,\"warning\":0,\"info\":0}"},
	    {"cluster=sick&node_name=b1&vendor=AMD",
	     "{\"critical\":0,\"warning\":0,\"info\":0}"}};
	struct responder r;

	start(&r);
	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		char path[128], expected[96], *text;
		bool is_told;

		snprintf(path, sizeof(path), "/api/v1/gpu/summary?%s",
			 asked[i].query);
		snprintf(expected, sizeof(expected), "\"problem_count\":%s,",
			 asked[i].counts);
		text = csv_rows_ask(&r, path);
		is_told = strstr(text, expected) != NULL;
		CU_ASSERT_TRUE(is_told);
		if (!is_told)
			printf("# %s: not %s in\n# %s\n", path, expected, text);
		free(text);
	}
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

/* The rows that tell when it began, of the last samples that were written so
 * long ago. */
static void
when_it_began(void)
{
	static const struct {
		const char *query;
		long long seconds; /* against now */
	} asked[] = {{"cluster=sick&kind=gpu_lost&node_name=a1", -539},
		     {"cluster=sick&kind=exporter_down&node_name=a2", -539},
		     {"cluster=sick&kind=node_gone", -2999},
		     {"cluster=stale&kind=stale", -199},
		     {"cluster=alerts&alert=GPUFanBroken", -7200}};
	struct responder r;

	start(&r);
	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		time_t when = (time_t)(now_s + asked[i].seconds);
		char path[256], expected[64], *text;
		struct tm tm;

		snprintf(path, sizeof(path),
			 "/api/v1/gpu/problems?format=csv&fields=since&%s",
			 asked[i].query);
		CU_ASSERT_PTR_NOT_NULL(gmtime_r(&when, &tm));
		strftime(expected, sizeof(expected),
			 "since\r\n%Y-%m-%dT%H:%M:%S.000Z\r\n", &tm);
		text = csv_rows_ask(&r, path);
		SUITE_EQUAL(text, expected);
		free(text);
	}
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

static void
nothing_wrong(void)
{
	struct responder r;
	char *text;

	start(&r);
	text = csv_rows_ask(&r, "/api/v1/gpu/nodes?cluster=churn&format=csv&"
				"fields=node_name");
	SUITE_EQUAL(text, "node_name\r\nd1\r\ne1\r\ne3\r\nf1\r\nf2\r\nh1\r\n");
	free(text);
	text = csv_rows_ask(&r, "/api/v1/gpu/problems?cluster=churn");
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"data\":[]"));
	CU_ASSERT_PTR_NULL(strstr(text, "\"warnings\""));
	if (strstr(text, "\"data\":[]") == NULL)
		printf("# %s\n", text);
	free(text);
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

/* --- while it happens ----------------------------------------------------- */

enum { WAIT_STEP_MS = 50, WAIT_STEPS = 30000 / WAIT_STEP_MS };

static char directory[HARNESS_PATH_BYTES];
static const struct exporters_target live_targets[] = {
    {"live", "job: live, instance: '10.3.0.1:9400'", false},
    {NULL, NULL, false}};
static struct source simulator, live;
static struct exporters_site live_site = {
    .simulator = &simulator, .directory = directory, .targets = live_targets};

/* In one step, so that no scrape sees half of it. */
static void
place(unsigned xid, unsigned reasons, unsigned celsius, unsigned failure)
{
	char path[HARNESS_PATH_BYTES + 16], next[HARNESS_PATH_BYTES + 16],
	    text[2048];
	const char labels[] = "{gpu=\"0\",UUID=\"GPU-ab-1\",Hostname=\"i1\","
			      "modelName=\"NVIDIA H100\"}";

	snprintf(text, sizeof(text),
		 "DCGM_FI_DEV_GPU_UTIL%s 50\nDCGM_FI_DEV_FB_USED%s 1\n"
		 "DCGM_FI_DEV_FB_FREE%s 1\nDCGM_FI_DEV_GPU_TEMP%s %u\n"
		 "DCGM_FI_DEV_XID_ERRORS%s %u\n"
		 "DCGM_FI_DEV_CLOCKS_EVENT_REASONS%s %u\n"
		 "DCGM_FI_DEV_ROW_REMAP_FAILURE%s %u\n",
		 labels, labels, labels, labels, celsius, labels, xid, labels,
		 reasons, labels, failure);
	snprintf(path, sizeof(path), "%s/live.prom", directory);
	snprintf(next, sizeof(next), "%s/next", directory);
	file_write(next, text);
	harness_require(rename(next, path) == 0, "cannot place %s", path);
}

/* Asks until these are the kinds of all rows, in their order. */
static void
expect_kinds(const struct responder *r, const char *kinds)
{
	const struct timespec pause = {.tv_nsec = WAIT_STEP_MS * 1000000L};
	char expected[256], *text = NULL;
	bool is_so = false;

	snprintf(expected, sizeof(expected), "kind\r\n%s", kinds);
	for (int i = 0; i < WAIT_STEPS && !is_so; i++) {
		free(text);
		text = csv_rows_ask(
		    r, "/api/v1/gpu/problems?format=csv&fields=kind");
		is_so = strcmp(text, expected) == 0;
		if (!is_so)
			nanosleep(&pause, NULL);
	}
	SUITE_EQUAL(text, expected);
	free(text);
}

/* It is told of once it is so, and no longer than it is. */
static void
comes_and_goes(void)
{
	static const char *const settings[] = {"PROBLEMS_TTL_S=1", NULL};
	struct responder r;
	char path[HARNESS_PATH_BYTES + 16];

	exporters_wait(&live, &live_site);
	responder_start(&r, live.url, settings);
	exporters_wait_look(&r);
	expect_kinds(&r, "");
	place(79, 0x84, 95, 1);
	expect_kinds(&r, "xid\r\nrow_remap_failed\r\npower_brake\r\nhot\r\n"
			 "power_capped\r\n");
	place(0, 0x20, 60, 0);
	expect_kinds(&r, "thermal_slowdown\r\n");
	place(0, 1, 60, 0);
	expect_kinds(&r, "");
	snprintf(path, sizeof(path), "%s/live.prom", directory);
	CU_ASSERT_EQUAL(unlink(path), 0);
	expect_kinds(&r, "exporter_down\r\n");
	place(0, 1, 60, 0);
	expect_kinds(&r, "");
	CU_ASSERT_EQUAL(process_stop(r.process), 0);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"each kind of problem is told of, and nothing else", each_kind},
	    {"counted", counted},
	    {"when it began", when_it_began},
	    {"pods, restarts, splits and replicas are no problem",
	     nothing_wrong},
	    {"it comes and goes", comes_and_goes},
	    HARNESS_FINISH,
	    {NULL, NULL}};
	static const struct backfill b = {
	    .name = "problems", .write = write_all, .there = "count(up)"};

	harness_start();
	harness_path(directory, "live");
	harness_require(mkdir(directory, 0700) == 0, "cannot make %s",
			directory);
	place(0, 1, 60, 0);
	exporters_serve(&simulator, directory);
	exporters_start_prometheus(&live, &live_site);
	now_s = (long long)time(NULL);
	backfill_start_prometheus(&prometheus, &b);
	return suite_run("problems", tests);
}
