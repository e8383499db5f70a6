#include "base/budget.h"

#include "base/spare.h"

void
budget_init(struct budget *b, size_t bytes)
{
	budget_init_within(b, bytes, NULL);
}

void
budget_init_within(struct budget *b, size_t bytes, struct budget *of_all)
{
	atomic_init(&b->left_bytes, bytes);
	b->of_all = of_all;
	b->spare = NULL;
}

static bool
take_own(struct budget *b, size_t bytes)
{
	size_t left =
	    atomic_load_explicit(&b->left_bytes, memory_order_relaxed);

	do {
		if (left < bytes)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(
	    &b->left_bytes, &left, left - bytes, memory_order_relaxed,
	    memory_order_relaxed));
	return true;
}

static void
give_own(struct budget *b, size_t bytes)
{
	atomic_fetch_add_explicit(&b->left_bytes, bytes, memory_order_relaxed);
}

bool
budget_try(struct budget *b, size_t bytes)
{
	if (!take_own(b, bytes))
		return false;
	if (b->of_all == NULL || take_own(b->of_all, bytes))
		return true;
	give_own(b, bytes);
	return false;
}

bool
budget_take(struct budget *b, size_t bytes)
{
	struct spare *spare = budget_spare(b);

	if (budget_try(b, bytes))
		return true;
	/* They are no help to one who is at a limit of its own. */
	return spare != NULL &&
	       (b->of_all == NULL || budget_left(b) >= bytes) &&
	       spare_clear_for(spare, b, bytes);
}

size_t
budget_used(const struct budget *b, size_t of_bytes)
{
	return of_bytes - budget_left(b);
}

void
budget_give(struct budget *b, size_t bytes)
{
	give_own(b, bytes);
	if (b->of_all != NULL)
		give_own(b->of_all, bytes);
}
