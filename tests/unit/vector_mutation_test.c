/*
 * Valid answers with a few bytes changed: however they arrive, the outcome is
 * the same, and nothing passes that json-c refuses.
 */
#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/answer.h"
#include "support/suite.h"

enum { MUTATIONS = 20000, BODY_MAX_BYTES = 4096, PIECE_MAX_BYTES = 40 };

static const char *const bodies[] = {
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":["
    "{\"metric\":{\"hostname\":\"node-1\",\"gpu_id\":\"0\",\"gpu_name\":"
    "\"A100\"},\"value\":[1700000000.123,\"42\"]},"
    "{\"metric\":{\"hostname\":\"node-1\",\"gpu_id\":\"1\",\"gpu_name\":"
    "\"A100\"},\"value\":[1700000000.123,\"1e3\"]},"
    "{\"metric\":{\"hostname\":\"node-2\",\"gpu_id\":\"0\",\"gpu_name\":"
    "\"H100\"},\"value\":[1700000000.123,\"NaN\"]}]}}",

    "{\"status\":\"success\",\"warnings\":[\"w\\\"1\",\"w2\"],\"infos\":[],"
    "\"data\":{\"stats\":{\"a\":[1,-2.5e3,true,false,null,{\"b\":[]}]},"
    "\"result\":[{\"value\":[1,\"+Inf\"],\"metric\":{\"node\":\"\xc3\xa9"
    "\\u00e9\\ud83d\\ude00\\n\",\"gpu\":\"0\",\"UUID\":\"\xf0\x9f\x98\x80\"}},"
    "{\"metric\":{\"node\":\"\\\\\",\"gpu\":\"1\"},\"histogram\":[1,{}]},"
    "{\"metric\":{},\"value\":[2,\"-0.5\"]}],\"resultType\":\"vector\"}}",

    (" { \"data\" : { \"resultType\" : \"vector\" , \"result\" : [ ] } ,\n"
     "\t\"status\" : \"success\" }\r\n"),

    "{\"status\":\"error\",\"errorType\":\"timeout\",\"error\":\"too slow\"}"};

enum { BODY_COUNT = sizeof(bodies) / sizeof(*bodies) };

struct body {
	size_t length;
	char text[BODY_MAX_BYTES];
};

static void
insert(struct body *b, size_t at, const char *text, size_t length)
{
	if (b->length + length > BODY_MAX_BYTES)
		return;
	memmove(b->text + at + length, b->text + at, b->length - at);
	memcpy(b->text + at, text, length);
	b->length += length;
}

static void delete(struct body *b, size_t at, size_t length)
{
	if (length > b->length - at)
		length = b->length - at;
	memmove(b->text + at, b->text + at + length, b->length - at - length);
	b->length -= length;
}

/* A byte that means something in JSON, or any byte. */
static char
random_byte(unsigned *seed)
{
	static const char special[] = "{}[]\",:\\0129.-+eEutfn/' \n\t\x01\x7f";

	if (rand_r(seed) % 3 > 0)
		return special[(size_t)rand_r(seed) % (sizeof(special) - 1)];
	return (char)(rand_r(seed) & 0xff);
}

static void
mutate_once(struct body *b, unsigned *seed)
{
	size_t at = (size_t)rand_r(seed) % b->length;
	size_t few = 1 + (size_t)rand_r(seed) % 8;
	char byte = random_byte(seed), copy[8];

	switch (rand_r(seed) % 6) {
	case 0:
		b->text[at] = (char)(b->text[at] ^ 1 << rand_r(seed) % 8);
		break;
	case 1:
		b->text[at] = byte;
		break;
	case 2:
		insert(b, at, &byte, 1);
		break;
	case 3:
		delete (b, at, 1);
		break;
	case 4:
		delete (b, at, few);
		break;
	default:
		if (few > b->length - at)
			few = b->length - at;
		memcpy(copy, b->text + at, few);
		insert(b, (size_t)rand_r(seed) % b->length, copy, few);
	}
}

static void
make_mutation(struct body *b, unsigned number)
{
	const char *valid = bodies[number % BODY_COUNT];
	unsigned seed = number + 1;

	b->length = strlen(valid);
	memcpy(b->text, valid, b->length);
	for (int times = 1 + rand_r(&seed) % 3; times > 0; times--)
		mutate_once(b, &seed);
}

static void
print_body(const struct body *b, unsigned number)
{
	printf("# mutation %u: ", number);
	for (size_t i = 0; i < b->length; i++)
		if (b->text[i] >= 0x20 && b->text[i] < 0x7f)
			putchar(b->text[i]);
		else
			printf("<%02x>", (unsigned char)b->text[i]);
	putchar('\n');
}

static void
cuts_change_nothing(void)
{
	struct body b;

	for (unsigned i = 0; i < MUTATIONS; i++) {
		struct answer whole, random, single;
		bool is_good;

		make_mutation(&b, i);
		answer_decode(&whole, &answer_gpu, b.text, b.length,
			      answer_whole);
		answer_decode(&random, &answer_gpu, b.text, b.length,
			      (struct answer_cut){PIECE_MAX_BYTES, i + 1});
		answer_decode(&single, &answer_gpu, b.text, b.length,
			      (struct answer_cut){1, 0});
		is_good = answer_is_same(&whole, &random) &&
			  answer_is_same(&whole, &single);
		CU_ASSERT_TRUE(is_good);
		if (!is_good)
			print_body(&b, i);
		answer_free(&whole);
		answer_free(&random);
		answer_free(&single);
	}
}

static void
agrees_with_json_c(void)
{
	unsigned accepted = 0;
	struct body b;

	for (unsigned i = 0; i < MUTATIONS; i++) {
		struct answer got, expected;
		bool is_good;

		make_mutation(&b, i);
		answer_decode(&got, &answer_gpu, b.text, b.length,
			      answer_whole);
		answer_expect(&expected, &answer_gpu, b.text, b.length);
		accepted += got.code == ERR_OK;
		is_good = answer_agrees(&got, &expected, b.text, b.length);
		CU_ASSERT_TRUE(is_good);
		if (!is_good) {
			print_body(&b, i);
			printf("# got %s (%s)\n# json-c %s\n",
			       err_name(got.code), got.err.text,
			       err_name(expected.code));
		}
		answer_free(&got);
		answer_free(&expected);
	}
	/* Neither outcome may be rare, or little has been shown. */
	CU_ASSERT_TRUE(accepted > MUTATIONS / 20);
	CU_ASSERT_TRUE(accepted < MUTATIONS - MUTATIONS / 20);
}

int
main(void)
{
	static const struct suite_test tests[] = {
	    {"cuts change nothing", cuts_change_nothing},
	    {"agrees with json-c", agrees_with_json_c},
	    {NULL, NULL}};

	return suite_run("vector_mutation", tests);
}
