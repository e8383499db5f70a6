/*
 * A fuzz target: takes any bytes, and aborts if what comes of them is wrong.
 * libFuzzer makes bytes up; replay.c feeds those of the corpus.
 */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says what is wrong, and aborts. */
void target_require(bool is_right, const char *what);

/* The bytes with a NUL behind them, to be freed. */
char *target_text(const uint8_t *data, size_t size);

#endif
