/* The file of prices: what is wrong in it, which of its rules counts, and that
 * it is read again. */
#include "gpu/profile/prices.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/capture.h"
#include "support/suite.h"

static char path[] = "/tmp/prices_test.XXXXXX";

/* In its place, as an editor does. */
static void
write_bytes(const char *bytes, size_t length)
{
	char next[sizeof(path) + 8];
	FILE *file;

	snprintf(next, sizeof(next), "%s.new", path);
	file = fopen(next, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_EQUAL(fwrite(bytes, 1, length, file), length);
	CU_ASSERT_EQUAL(fclose(file), 0);
	CU_ASSERT_EQUAL(rename(next, path), 0);
}

static void
write_file(const char *text)
{
	write_bytes(text, strlen(text));
}

static double
price_of(const struct prices *p, const char *model)
{
	struct intern texts;
	struct budget budget;
	double price;

	if (model == NULL)
		return prices_find(p, NULL);
	budget_init(&budget, 1 << 16);
	intern_init(&texts, &budget);
	price = prices_find(
	    p, intern_text(&texts, intern_add(&texts, model, strlen(model))));
	intern_fini(&texts);
	return price;
}

static void
nearest_rule(void)
{
	struct price_list *list;
	const struct prices *p;
	struct err e = {0};

	write_file("{\"gpu_hour\": {\"*\": 0.5, \"*A100*\": 1.6, \"*100*\": 1,"
		   "\"*A1*0*\": 9, \"NVIDIA A100-SXM4-80GB\": 2, \"T?\": 3},"
		   "\"currency\": \"EUR\"}");
	CU_ASSERT_EQUAL_FATAL(price_list_new(path, &list, &e), ERR_OK);
	p = price_list_get(list);
	CU_ASSERT_STRING_EQUAL(prices_currency(p), "EUR");
	CU_ASSERT_EQUAL(price_of(p, "NVIDIA A100-SXM4-80GB"), 2);
	CU_ASSERT_EQUAL(price_of(p, "NVIDIA A100-PCIE-40GB"), 1.6);
	CU_ASSERT_EQUAL(price_of(p, "NVIDIA H100"), 1);
	/* As many characters: the first in the file. */
	CU_ASSERT_EQUAL(price_of(p, "A1100"), 1);
	CU_ASSERT_EQUAL(price_of(p, "A120"), 9);
	CU_ASSERT_EQUAL(price_of(p, "nvidia a10"), 0.5);
	CU_ASSERT_EQUAL(price_of(p, NULL), 0.5);
	prices_release(p);
	price_list_free(list);
	CU_ASSERT_PTR_NULL(price_list_get(NULL));
	prices_release(NULL);
	price_list_free(NULL);
}

static void
no_rule(void)
{
	struct price_list *list;
	const struct prices *p;
	struct err e = {0};

	/* With signs that mean something outside of texts. */
	write_file("{\"currency\":\"EUR\",\"gpu_hour\":{\"A*\":0,"
		   "\"\\\":\\\\u0000\":1}}");
	CU_ASSERT_EQUAL_FATAL(price_list_new(path, &list, &e), ERR_OK);
	p = price_list_get(list);
	CU_ASSERT_EQUAL(price_of(p, "A100"), 0);
	CU_ASSERT_TRUE(isnan(price_of(p, "H100")));
	CU_ASSERT_TRUE(isnan(price_of(p, NULL)));
	prices_release(p);
	price_list_free(list);
}

static void
refuses_what_is_wrong(void)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
	    {"", ": is not JSON: "},
	    {"{\"currency\":\"EUR\",}", ": is not JSON: "},
	    {"[]", ": the file "},
	    {"{\"currency\":\"EUR\",\"gpu_hours\":{}}", "gpu_hours"},
	    {"{\"gpu_hour\":{\"*\":1}}", ": currency has to be a text"},
	    {"{\"currency\":\"\",\"gpu_hour\":{\"*\":1}}",
	     ": currency has to be a text"},
	    {"{\"currency\":\"U S\",\"gpu_hour\":{\"*\":1}}",
	     ": currency has to be a text"},
	    {"{\"currency\":\"12345678901234567\",\"gpu_hour\":{\"*\":1}}",
	     ": currency has to be a text"},
	    {"{\"currency\":1,\"gpu_hour\":{\"*\":1}}",
	     ": currency has to be a text"},
	    {"{\"currency\":\"EUR\"}", ": gpu_hour has to be an object"},
	    {"{\"currency\":\"EUR\",\"gpu_hour\":{}}",
	     ": gpu_hour has to be an object"},
	    {"{\"currency\":\"EUR\",\"gpu_hour\":[1]}",
	     ": gpu_hour has to be an object"},
	    {"{\"currency\":\"EUR\",\"gpu_hour\":{\"*\":\"1\"}}",
	     ": gpu_hour.* has to be a number"},
	    {"{\"currency\":\"EUR\",\"gpu_hour\":{\"*\":-1}}",
	     ": gpu_hour.* has to be from 0 to 1000000000"},
	    {"{\"currency\":\"EUR\",\"gpu_hour\":{\"*\":1e10}}",
	     ": gpu_hour.* has to be from 0 to 1000000000"},
	    {"{\"currency\":\"EUR\",\"gpu_hour\":{\"\":1}}",
	     "has a pattern of no characters"},
	    {"{\"currency\":\"EUR\",\"gpu_hour\":{\"A\":1,\"B:\":1,\"A\":2}}",
	     ": the file has two values of one name"},
	    {"{\"currency\":\"EUR\",\"gpu_hour\":{\"A\":1},\"currency\":"
	     "\"USD\"}",
	     ": the file has two values of one name"},
	    {"{\"currency\":\"EUR\",\"gpu_hour\":{\"A\\u0000B\":1}}",
	     ": the file has a NUL in a text"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct price_list *list;
		struct err e = {0};

		write_file(cases[i].text);
		CU_ASSERT_EQUAL(price_list_new(path, &list, &e), ERR_SETTING);
		CU_ASSERT_PTR_NULL(list);
		CU_ASSERT_PTR_EQUAL(strstr(e.text, path), e.text);
		CU_ASSERT_PTR_NOT_NULL(strstr(e.text, cases[i].reason));
		if (strstr(e.text, cases[i].reason) == NULL)
			printf("# %s: %s\n", cases[i].text, e.text);
	}
}

static void
refuses_what_cannot_be_read(void)
{
	static char big[PRICES_FILE_MAX_BYTES + 1];
	struct price_list *list;
	struct err e = {0};

	CU_ASSERT_EQUAL(price_list_new("/no/such", &list, &e), ERR_SETTING);
	CU_ASSERT_STRING_EQUAL(
	    e.text, "/no/such: cannot be read: No such file or directory");
	memset(big, ' ', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	write_file(big);
	CU_ASSERT_EQUAL(price_list_new(path, &list, &e), ERR_SETTING);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, ": is not JSON"));
	big[sizeof(big) - 1] = ' ';
	memset(&e, 0, sizeof(e));
	write_bytes(big, sizeof(big));
	CU_ASSERT_EQUAL(price_list_new(path, &list, &e), ERR_SETTING);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(e.text, ": is longer than 64 KiB, which no list of prices "
			   "is"));
}

static void
pass_a_second(void)
{
	const struct timespec pause = {.tv_sec = 1, .tv_nsec = 10000000};

	nanosleep(&pause, NULL);
}

/* Who has the prices of before keeps them. */
static void
reads_again(void)
{
	struct price_list *list;
	const struct prices *before, *now;
	struct err e = {0};

	capture_start();
	write_file("{\"currency\":\"EUR\",\"gpu_hour\":{\"*\":1}}");
	CU_ASSERT_EQUAL_FATAL(price_list_new(path, &list, &e), ERR_OK);
	before = price_list_get(list);
	write_file("{\"currency\":\"USD\",\"gpu_hour\":{\"*\":2}}");
	pass_a_second();
	now = price_list_get(list);
	CU_ASSERT_EQUAL(price_of(before, "A100"), 1);
	CU_ASSERT_EQUAL(price_of(now, "A100"), 2);
	CU_ASSERT_STRING_EQUAL(prices_currency(now), "USD");
	prices_release(before);
	prices_release(now);
	write_file("{");
	pass_a_second();
	now = price_list_get(list);
	CU_ASSERT_EQUAL(price_of(now, "A100"), 2);
	prices_release(now);
	price_list_free(list);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(capture_end(), "changed prices cannot be read"));
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"nearest rule", nearest_rule},
	    {"no rule", no_rule},
	    {"refuses what is wrong", refuses_what_is_wrong},
	    {"refuses what cannot be read", refuses_what_cannot_be_read},
	    {"reads again", reads_again},
	    {NULL, NULL}};
	int fd = mkstemp(path), status;

	if (fd >= 0)
		close(fd);
	status = suite_run("prices", tests);
	unlink(path);
	return status;
}
