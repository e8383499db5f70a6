/*
 * Parameters as in a URL's query and in a form: name=value&name=value.
 */
#ifndef TEST_FAKE_FORM_H
#define TEST_FAKE_FORM_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Copies the decoded value of a parameter, cut to size; an absent one is "".
 * Returns whether it was there.
 */
bool fake_form_get(const char *form, const char *name, char *value,
		   size_t size);

#endif
