#include "fleet_processes.h"

#include <math.h>
#include <stddef.h>

enum {
	FIRST_PID = 20000,
	PIDS_OF_A_GPU = 97,
	PIDS_BETWEEN = 11 /* times FLEET_PROCESSES_MAX is less than that */
};

struct program {
	const char *name;
	const char *user;
	const char *command;
};

static const struct program programs[] = {
    {"python3", "ada", "python3 /srv/jobs/train.py --epochs 90"},
    {"vllm", "serving", "/opt/vllm/bin/vllm serve --port 8000"},
    {"tritonserver", "serving", "/opt/triton/bin/tritonserver"},
    {"python3", "grace", "python3 -m torch.distributed.run finetune.py"},
    {"gmx", "chem", "/usr/local/bin/gmx mdrun -nb gpu"},
};

static const double mib_bytes = 1048576;

bool
fleet_process(struct fleet_process *out, unsigned node, unsigned gpu,
	      unsigned number, unsigned most, double used_bytes,
	      double utilization)
{
	double share = ldexp(1, -(int)(number + 1));
	const struct program *program =
	    &programs[(3 * node + 2 * gpu + number) %
		      (sizeof(programs) / sizeof(*programs))];

	if (most == 0 || number > (node + gpu) % most)
		return false;
	*out = (struct fleet_process){
	    .pid = FIRST_PID + PIDS_OF_A_GPU * gpu + PIDS_BETWEEN * number,
	    .name = program->name,
	    .user = program->user,
	    .command = program->command,
	    .gpu_memory_bytes =
		floor(used_bytes * share / mib_bytes) * mib_bytes,
	    .cpu_percent = 5 + floor(utilization * share),
	    .memory_percent = 1 + (node + 3 * gpu + number) % 8,
	};
	return out->gpu_memory_bytes > 0;
}
