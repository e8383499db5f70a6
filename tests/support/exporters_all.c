#include "support/exporters.h"

/* As in a cluster with its usual relabelling, and on bare machines. */
const struct exporters_target exporters_all[] = {
    {"seed-field",
     "job: gpu-list-exporter, instance: '10.20.0.1:9101', pod: seed-4fjx8, "
     "namespace: monitoring, container: exporter",
     false},
    {"seed-documented", "job: gpu-list-exporter, instance: '10.20.0.2:9101'",
     false},
    {"seed-readme", "job: gpu-list-exporter, instance: '10.20.0.3:9101'",
     false},
    {"dcgm-1",
     "job: dcgm, instance: '10.20.1.1:9400', pod: dcgm-exporter-x7k2p, "
     "kubernetes_node: legacy-gpu-1",
     false},
    {"dcgm-classic",
     "job: dcgm-exporter, instance: '10.20.1.2:9400', namespace: gpu-operator, "
     "pod: nvidia-dcgm-exporter-6rk5x, container: nvidia-dcgm-exporter",
     false},
    {"dcgm-classic-mig",
     "job: dcgm-exporter, instance: '10.20.1.3:9400', namespace: gpu-operator, "
     "pod: nvidia-dcgm-exporter-h2w9m, container: nvidia-dcgm-exporter",
     false},
    {"dcgm-4.9",
     "job: dcgm-exporter, instance: '10.20.1.4:9400', namespace: gpu-operator, "
     "pod: nvidia-dcgm-exporter-77c2b, container: nvidia-dcgm-exporter",
     false},
    {"nvidia-gpu-exporter-rtx4080",
     "job: nvidia_gpu_exporter, instance: 'desk-4.example.org:9835'", false},
    {"nvidia-gpu-exporter-h100",
     "job: nvidia_gpu_exporter, instance: '10.20.2.1:9835'", false},
    {"nvidia-gpu-exporter-h100-mig",
     "job: nvidia_gpu_exporter, instance: '10.20.2.2:9835'", false},
    {"nvidia-gpu-exporter-nvml",
     "job: nvidia_gpu_exporter, instance: '[fd00:20::3]:9835'", false},
    {"mindprince", "job: gpu, instance: 'bare-1.example.org:9445'", false},
    {"amd-spx",
     "job: amd-gpu, instance: '10.42.1.220:5000', namespace: amd, "
     "pod: default-metrics-exporter-2xk9d, container: exporter",
     true},
    {"amd-cpx",
     "job: amd-gpu, instance: '10.42.1.221:5000', namespace: amd, "
     "pod: default-metrics-exporter-vvvkm, container: exporter",
     true},
    {"intel-xpu-manager", "job: xpum, instance: '10.20.4.1:29999'", false},
    {"intel-xpumd",
     "job: xpumd, instance: '10.20.4.2:8080', node: b60-1, pod: xpumd-abcde",
     false},
    {"intel-xpumd-2",
     "job: xpumd, instance: '10.20.4.3:8080', node: b50-1, pod: xpumd-fghij",
     false},
    {"hami-monitor",
     "job: hami-device-plugin, instance: '10.20.5.1:9394', node: hami-1, "
     "pod: hami-device-plugin-8lq2z, namespace: kube-system",
     false},
    {"hami-scheduler",
     "job: hami-scheduler, instance: '10.20.5.2:9395', node: control-1, "
     "pod: hami-scheduler-0, namespace: kube-system",
     false},
    {"hami-legacy", "job: hami-device-plugin, instance: '10.20.5.3:9394'",
     false},
    {"ascend", "job: npu-exporter, instance: '10.20.6.1:8082'", false},
    {"all-smi", "job: all-smi, instance: '10.20.7.1:9090'", false},
    {"nvitop", "job: nvitop, instance: '10.20.8.1:8000'", false},
    {NULL, NULL, false}};

const char *const exporters_profiles[] = {"dcgm-exporter-4.9",
					  "dcgm-exporter",
					  "dcgm-exporter-1.x",
					  "nvidia_gpu_exporter",
					  "nvidia-gpu-list-exporter",
					  "amd-device-metrics-exporter",
					  "intel-xpumd",
					  "intel-xpu-manager",
					  "ascend-npu-exporter",
					  "nvitop-exporter",
					  "all-smi",
					  "hami",
					  "nvidia_gpu_prometheus_exporter",
					  NULL};
