// Rewrites the manifests on stdin so that podman 4.3 and 5.4 can run their pods:
//   - a native sidecar, which podman does not know, becomes an ordinary container
//   - no container has ports: podman would forward them, from a network of its own;
//     nor probes, which podman does not run, and 5 refuses if they name a port
//   - init containers become a pod of their own, NAME-init, to be run before: 4.3
//     waits 20 s for one that has ended, and then fails
//   - an emptyDir becomes a directory in DIRECTORY that all can write, as the
//     kubelet's is; podman's would belong to whichever container starts first.
//     Those of the same name are one
//   - a file mounted by subPath, which podman ignores, becomes a file of DIRECTORY
// Objects without pods pass as they are.
//
// usage: node for_podman.mjs DIRECTORY [init] <MANIFESTS >MANIFESTS
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const packages = createRequire(path.join(process.cwd(), "here.js"));
const { parseAllDocuments, stringify } = packages("yaml");

const directory = path.resolve(process.argv[2]);
const objects = parseAllDocuments(readFileSync(0, "utf8"))
	.map((document) => document.toJS()).filter((object) => object !== null);

const isSidecar = (one) => one.restartPolicy === "Always";

function startSidecarsFirst(pod) {
	const { initContainers = [] } = pod;

	pod.containers = [...initContainers.filter(isSidecar), ...pod.containers];
	delete pod.initContainers;
	pod.containers.forEach((container) => {
		delete container.restartPolicy;
		delete container.ports;
		delete container.livenessProbe;
		delete container.readinessProbe;
		delete container.startupProbe;
	});
}

function initPod({ metadata, spec }) {
	const pod = spec.template.spec;

	placeEmptyDirs(pod);
	const containers = pod.initContainers.filter((one) => !isSidecar(one));
	const mounted = containers.flatMap((one) => one.volumeMounts ?? [])
		.map((mount) => mount.name);

	return {
		apiVersion: "v1",
		kind: "Pod",
		metadata: { name: `${metadata.name}-init` },
		spec: { ...pod, containers, initContainers: [],
			restartPolicy: "Never",
			volumes: pod.volumes.filter(
				(volume) => mounted.includes(volume.name)) },
	};
}

function write(configMap, name) {
	const { data } = objects.find((object) =>
		object.kind === "ConfigMap" && object.metadata.name === configMap);
	const file = path.join(directory, configMap, name);

	mkdirSync(path.dirname(file), { recursive: true });
	writeFileSync(file, data[name]);
	return file;
}

function mountFiles(pod) {
	const mounts = pod.containers.flatMap((one) => one.volumeMounts ?? [])
		.filter((mount) => mount.subPath !== undefined);

	for (const [i, mount] of mounts.entries()) {
		const volume = pod.volumes.find((one) => one.name === mount.name);
		const file = write(volume.configMap.name, mount.subPath);

		mount.name = `file-${i}`;
		delete mount.subPath;
		pod.volumes.push({ name: mount.name,
			hostPath: { path: file, type: "File" } });
	}
}

function placeEmptyDirs(pod) {
	for (const volume of pod.volumes.filter((one) => one.emptyDir)) {
		const place = path.join(directory, "emptyDirs", volume.name);

		mkdirSync(place, { recursive: true });
		chmodSync(place, 0o777);
		delete volume.emptyDir;
		volume.hostPath = { path: place, type: "Directory" };
	}
}

function forPodman(object) {
	const pod = object.spec?.template?.spec;

	if (pod !== undefined) {
		placeEmptyDirs(pod);
		startSidecarsFirst(pod);
		mountFiles(pod);
	}
	return object;
}

const rewritten = process.argv[3] === "init"
	? objects.filter((object) => object.kind === "Deployment").map(initPod)
	: objects.map(forPodman);

rewritten.forEach((object) => console.log(`---\n${stringify(object)}`));
