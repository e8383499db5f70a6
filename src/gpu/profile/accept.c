#include "gpu/profile/accept.h"

#include "gpu/label.h"

static bool
is_uuid(const char *text, size_t length)
{
	char uuid[LABEL_UUID_MAX_BYTES];

	return label_uuid(text, length, uuid) > 0;
}

profile_test
profile_accepts(enum profile_label label)
{
	switch (label) {
	case PROFILE_INDEX:
		return label_is_index;
	case PROFILE_UUID:
		return is_uuid;
	case PROFILE_MIG_INSTANCE:
		return label_is_instance;
	case PROFILE_ID:
	case PROFILE_CARD:
	case PROFILE_MODEL:
	case PROFILE_MIG_PROFILE:
	case PROFILE_BUS:
	case PROFILE_VENDOR:
	case PROFILE_PID:
		return label_of_hardware_says_something;
	case PROFILE_CLUSTER:
	case PROFILE_NODE:
		return label_is_node_name;
	case PROFILE_PROCESS_NAME:
	case PROFILE_USER:
	case PROFILE_COMMAND:
		return label_says_something;
	default:
		return NULL;
	}
}
