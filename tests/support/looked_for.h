/* The warning where no exporter is found, with the shipped profiles. */
#ifndef SUPPORT_LOOKED_FOR_H
#define SUPPORT_LOOKED_FOR_H

#define LOOKED_FOR                                                             \
	"No GPU exporter was found; looked for "                               \
	"dcgm-exporter-4.9, dcgm-exporter, dcgm-exporter-1.x, "                \
	"dcgm-exporter-lower-case, telegraf-nvidia-smi, "                      \
	"a0s-nvidia-smi-exporter, nvidia_gpu_exporter, "                       \
	"nvidia-gpu-list-exporter, amd-device-metrics-exporter, "              \
	"amd_smi_exporter, omnistat, intel-xpumd, "                            \
	"intel-xpu-manager, opentelemetry-hw-gpu, "                            \
	"opentelemetry-hw-gpu-suffixes, intel-gaudi, ascend-npu-exporter, "    \
	"cambricon-mlu-exporter, hygon-dcu-exporter, "                         \
	"metax-mx-exporter, iluvatar-ix-exporter, "                            \
	"enflame-gcu-exporter, nvitop-exporter, all-smi, "                     \
	"aws-neuron-monitor, hami, hami-legacy, "                              \
	"nvidia_gpu_prometheus_exporter, cadvisor, "                           \
	"gke-gpu-device-plugin, gke-system-metrics, "                          \
	"opentelemetry-gpu-collector, triton, ray, slurm-job-exporter, "       \
	"gpu-monitoring-api"

#endif
