// Checks Kubernetes manifests without a cluster: each object of the files
// against the schema of its kind, unknown fields too, and what a cluster or the
// Pod Security standard "restricted" would refuse besides.
//
// usage: node manifests.mjs FILE...   "-" is stdin; prints what is wrong, or
//        how many objects there are; the exit status is 1 if something is wrong
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";

// The packages are not installed beside this file, but in a build directory.
const packages = createRequire(path.join(process.cwd(), "here.js"));
const { parseAllDocuments } = packages("yaml");

const wrong = [];

async function load(apiVersion, kind) {
	const from = apiVersion.startsWith("monitoring.coreos.com/")
		? "@kubernetes-models/prometheus-operator"
		: "kubernetes-models";
	const file = path.resolve("node_modules", from, apiVersion, `${kind}.js`);

	return (await import(pathToFileURL(file)))[kind];
}

// An object that notes which of its keys are read, for all within it as well:
// those that a schema's validator never looks at, the schema does not know.
function watch(value, where, read) {
	if (value === null || typeof value !== "object") {
		return value;
	}
	const seen = new Set();
	const inside = new Map();

	read.push({ value, where, seen });
	for (const [key, part] of Object.entries(value)) {
		inside.set(key, watch(part, `${where}/${key}`, read));
	}
	return new Proxy(value, {
		get(target, key) {
			seen.add(key);
			return inside.has(key) ? inside.get(key) : target[key];
		},
		ownKeys(target) {
			const keys = Reflect.ownKeys(target);

			keys.forEach((key) => seen.add(key));
			return keys;
		},
	});
}

async function checkSchema(object, say) {
	const { apiVersion, kind } = object;
	const read = [];
	let model;

	try {
		model = await load(apiVersion, kind);
	} catch {
		say("", `there is no kind "${kind}" of "${apiVersion}"`);
		return;
	}
	// validate() throws; what it runs on has to be the watched object.
	try {
		model.prototype.validate.call(watch(object, "", read));
	} catch (error) {
		for (const { instancePath, message, params } of error.errors) {
			say(instancePath, `${message} ${JSON.stringify(params)}`);
		}
		return;
	}
	for (const { value, where, seen } of read) {
		for (const key of Object.keys(value)) {
			if (!seen.has(key)) {
				say(`${where}/${key}`, "unknown field");
			}
		}
	}
}

function twice(names) {
	return names.filter((name, i) => names.indexOf(name) !== i);
}

// What is named has to be there, once.
function checkPodNames(spec, containers, say) {
	const volumes = (spec.volumes ?? []).map((volume) => volume.name);
	const used = new Set();

	for (const name of twice(containers.map((one) => one.name))) {
		say("/spec", `two containers "${name}"`);
	}
	for (const name of twice(volumes)) {
		say("/spec/volumes", `two volumes "${name}"`);
	}
	for (const { name, ...container } of containers) {
		const mounts = container.volumeMounts ?? [];

		mounts.forEach((mount) => used.add(mount.name));
		for (const mount of mounts) {
			if (!volumes.includes(mount.name)) {
				say(name, `there is no volume "${mount.name}"`);
			}
		}
		for (const place of twice(mounts.map((one) => one.mountPath))) {
			say(name, `two mounts at ${place}`);
		}
		for (const it of twice((container.env ?? []).map((e) => e.name))) {
			say(name, `two variables "${it}"`);
		}
		checkProbePorts(name, container, say);
	}
	for (const name of volumes.filter((volume) => !used.has(volume))) {
		say("/spec/volumes", `nobody mounts "${name}"`);
	}
}

function checkProbePorts(name, container, say) {
	const ports = (container.ports ?? []).map((port) => port.name);

	for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
		const check = container[probe]?.httpGet ?? container[probe]?.tcpSocket;

		if (check !== undefined && typeof check.port === "string" &&
			!ports.includes(check.port)) {
			say(name, `${probe}: there is no port "${check.port}"`);
		}
	}
}

// https://kubernetes.io/docs/concepts/security/pod-security-standards
function checkRestricted(spec, containers, say) {
	const allowed = ["configMap", "csi", "downwardAPI", "emptyDir",
		"ephemeral", "persistentVolumeClaim", "projected", "secret"];
	const pod = spec.securityContext ?? {};

	for (const { name, ...volume } of spec.volumes ?? []) {
		for (const type of Object.keys(volume)) {
			if (!allowed.includes(type)) {
				say(`volume ${name}`, `restricted: ${type}`);
			}
		}
	}
	for (const key of ["hostNetwork", "hostPID", "hostIPC"]) {
		if (spec[key]) {
			say("/spec", `restricted: ${key}`);
		}
	}
	for (const { name, securityContext } of containers) {
		const own = { ...pod, ...securityContext };
		const must = (holds, what) =>
			holds || say(name, `restricted: ${what}`);

		must(own.runAsNonRoot === true, "runAsNonRoot");
		must(own.runAsUser !== 0, "runAsUser");
		must(own.privileged !== true, "privileged");
		must(own.allowPrivilegeEscalation === false,
			"allowPrivilegeEscalation");
		must(own.capabilities?.drop?.includes("ALL") &&
			own.capabilities.add === undefined, "capabilities");
		must(["RuntimeDefault", "Localhost"].includes(
			own.seccompProfile?.type), "seccompProfile");
		// Not of the standard, but of ours.
		must(own.readOnlyRootFilesystem === true,
			"readOnlyRootFilesystem");
	}
}

function includes(labels, selector) {
	return Object.entries(selector ?? {}).every(
		([key, value]) => labels?.[key] === value);
}

function checkDeployment({ spec }, say) {
	const pod = spec.template.spec;
	const containers = [...pod.initContainers ?? [], ...pod.containers];

	if (!includes(spec.template.metadata?.labels, spec.selector.matchLabels)) {
		say("/spec/selector", "does not select the template's labels");
	}
	checkPodNames(pod, containers, say);
	checkRestricted(pod, containers, say);
}

// Of a Service, a NetworkPolicy, ...: that they mean the pods that are there.
function checkSelectors(objects, say) {
	const of = (kind) => objects.filter((object) => object.kind === kind);
	const pods = of("Deployment").map((one) => one.spec.template);
	const select = (name, selector) => {
		if (!pods.some((pod) => includes(pod.metadata.labels, selector))) {
			say(name, "selects no pod that is here");
		}
	};

	for (const { metadata, spec } of of("Service")) {
		const ports = pods.flatMap((pod) => pod.spec.containers)
			.flatMap((one) => one.ports ?? []).map((port) => port.name);

		select(`Service ${metadata.name}`, spec.selector);
		for (const { targetPort } of spec.ports) {
			if (!ports.includes(targetPort)) {
				say(`Service ${metadata.name}`,
					`no container has the port "${targetPort}"`);
			}
		}
	}
	for (const { metadata, spec } of of("NetworkPolicy")) {
		select(`NetworkPolicy ${metadata.name}`,
			spec.podSelector.matchLabels);
	}
	for (const { metadata, spec } of of("PodDisruptionBudget")) {
		select(`PodDisruptionBudget ${metadata.name}`,
			spec.selector.matchLabels);
	}
	checkServices(of, say);
}

// Who asks through a Service names one that is here, and a port of it.
function checkServices(of, say) {
	const services = of("Service");

	for (const { metadata, spec } of of("ServiceMonitor")) {
		const found = services.find((service) => includes(
			service.metadata.labels, spec.selector.matchLabels));
		const ports = found?.spec.ports.map((port) => port.name) ?? [];

		for (const { port } of spec.endpoints) {
			if (!ports.includes(port)) {
				say(`ServiceMonitor ${metadata.name}`,
					`no Service has the port "${port}"`);
			}
		}
	}
	for (const { metadata, spec } of of("Ingress")) {
		for (const { service } of spec.rules.flatMap(
			(rule) => rule.http.paths).map((one) => one.backend)) {
			const found = services.find(
				(one) => one.metadata.name === service.name);

			if (!found?.spec.ports.some(
				(port) => port.name === service.port.name)) {
				say(`Ingress ${metadata.name}`,
					`no Service "${service.name}" with that port`);
			}
		}
	}
}

function parse(file) {
	const text = readFileSync(file === "-" ? 0 : file, "utf8");
	// 1.1, as Kubernetes reads it: there "on" is a boolean.
	const documents = parseAllDocuments(text, { version: "1.1" });

	return documents.flatMap((document) => {
		document.errors.forEach((error) => wrong.push(error.message));
		document.warnings.forEach((warning) => wrong.push(warning.message));
		return document.toJS() ?? [];
	});
}

async function check(file) {
	const objects = parse(file);

	for (const object of objects) {
		const name = `${object.kind} ${object.metadata?.name}`;
		const before = wrong.length;
		const say = (where, what) =>
			wrong.push(`${file}: ${name}: ${where}: ${what}`);

		await checkSchema(object, say);
		// What follows relies on the types.
		if (object.kind === "Deployment" && wrong.length === before) {
			checkDeployment(object, say);
		}
	}
	if (wrong.length === 0) {
		checkSelectors(objects, (where, what) =>
			wrong.push(`${file}: ${where}: ${what}`));
	}
	return objects.length;
}

let count = 0;

for (const file of process.argv.slice(2)) {
	count += await check(file);
}
if (count === 0) {
	wrong.push("no object to check");
}
console.log(wrong.length > 0 ? wrong.join("\n") : `${count} objects`);
process.exitCode = wrong.length > 0 ? 1 : 0;
