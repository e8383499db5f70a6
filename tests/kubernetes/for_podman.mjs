// Rewrites pods, of manifests on stdin, so that podman 4.3 can run them; what it
// changes, no test of a pod has tested:
//   - a native sidecar, which podman does not know, becomes an ordinary container
//   - no container has ports: podman would forward them, from a network of its own
// Other objects pass as they are.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const packages = createRequire(path.join(process.cwd(), "here.js"));
const { parseAllDocuments, stringify } = packages("yaml");

function rewrite(pod) {
	const isSidecar = (one) => one.restartPolicy === "Always";
	const { initContainers = [] } = pod;
	const sidecars = initContainers.filter(isSidecar);

	pod.initContainers = initContainers.filter((one) => !isSidecar(one));
	pod.containers = [...sidecars, ...pod.containers];
	for (const container of pod.containers) {
		delete container.restartPolicy;
		delete container.ports;
	}
}

for (const document of parseAllDocuments(readFileSync(0, "utf8"))) {
	const object = document.toJS();

	if (object?.kind === "Deployment") {
		rewrite(object.spec.template.spec);
	}
	if (object !== null) {
		console.log(`---\n${stringify(object)}`);
	}
}
