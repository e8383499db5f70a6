/*
 * What a fuzz target is made of: one function that takes any bytes and ends
 * the program if the product does with them what it must not. The program's
 * main is libFuzzer's, or replay.c's.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The target; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Aborts, and says what did not hold. */
#define FUZZ_REQUIRE(holds)                                                    \
	((holds) ? (void)0 : fuzz_fail(#holds, __FILE__, __LINE__))
void fuzz_fail(const char *what, const char *file, int line)
    __attribute__((noreturn));

/* A copy with a NUL behind it, to be freed. */
char *fuzz_text(const uint8_t *data, size_t size);

/*
 * Reads the input as strings with NULs between: points texts at the first
 * ones, and the rest of them at "". Returns the copy that they are in, to be
 * freed.
 */
char *fuzz_split(const uint8_t *data, size_t size, const char **texts,
		 size_t count);

#endif
